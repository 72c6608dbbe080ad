#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a terminal of its own and prints what is on the screen in the end.

terminal.py [--resize COLUMNSxROWS] [--interrupt TEXT] COLUMNSxROWS COMMAND...

--resize: the terminal gets that size as soon as the command has written something. --interrupt: types
Ctrl-C when TEXT has been written. The last line printed is `status N`. Fails when a line is written that
does not fit, or a sequence that no plain terminal knows.
"""
import argparse
import fcntl
import os
import pty
import re
import struct
import sys
import termios

TOKENS = re.compile(r"\x1b\[(\d*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)|(.)", re.S)


class Screen:
    """Lines of any number; the cursor moves up, over and over."""

    def __init__(self, columns):
        self.lines, self.row, self.column, self.columns = [""], 0, 0, columns

    def write(self, text):
        for number, final, control, plain, other in TOKENS.findall(text):
            if other:
                sys.exit("unknown sequence: %r" % other)
            if control == "\r":
                self.column = 0
            elif control == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            elif plain:
                self.put(plain)
            elif final == "A":
                self.row = max(0, self.row - int(number or 1))
            elif final == "K":
                self.lines[self.row] = self.lines[self.row][:self.column]
            elif final == "J":
                self.lines[self.row] = self.lines[self.row][:self.column]
                del self.lines[self.row + 1:]
            elif final != "m":
                sys.exit("unknown sequence: ESC [ %s %s" % (number, final))

    def put(self, text):
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + text + line[self.column + len(text):]
        self.column += len(text)
        if self.column > self.columns and re.match("[0-9a-f]{12}:|Total:", self.lines[self.row]):
            sys.exit("too wide for %d columns: %s" % (self.columns, self.lines[self.row]))


def size(text):
    columns, rows = text.split("x")
    return int(columns), int(rows)


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("size", type=size)
    parser.add_argument("--resize", type=size)
    parser.add_argument("--interrupt")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    pid, terminal = pty.fork()
    if pid == 0:
        resize(0, *args.size)
        os.execvp(args.command[0], args.command)
    everything = ""
    screen = Screen(args.size[0] if not args.resize else max(args.size[0], args.resize[0]))
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        text = data.decode(errors="replace")
        everything += text
        screen.write(text)
        if args.resize:
            resize(terminal, *args.resize)
            args.resize = None
        if args.interrupt and args.interrupt in everything:
            os.write(terminal, b"\x03")
            args.interrupt = None
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print("\n".join(screen.lines).rstrip("\n"))
    if re.search(r"\x1b\[\d*m", everything):
        print("in colour")
    print("status %d" % status)


main()
