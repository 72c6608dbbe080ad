#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody at a terminal.

typist.py PROMPT ANSWER [PROMPT ANSWER]... -- COMMAND...: runs the command on a terminal of its
own, waits for each prompt and types the answer. Prints what the terminal showed; the command's
exit status is its own.
"""
import os
import pty
import signal
import sys

split = sys.argv.index("--")
script = sys.argv[1:split]
signal.alarm(60)  # whoever waits for another prompt must not hold up all tests
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
shown = b""
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:  # the other side is closed
        break
    if not data:
        break
    shown += data
    if script and script[0].encode() in shown:
        os.write(terminal, script[1].encode() + b"\n")
        script = script[2:]
        shown += b"[typed]"
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode(errors="replace").replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(status))
