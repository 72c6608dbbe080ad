#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exchanges two names of a directory, again and again, until it is told to stop.

flip.py DIRECTORY NAME OTHER: prints a line when it begins. At SIGTERM it prints how often, puts
things back as they were, and ends.
"""
import ctypes
import os
import signal
import sys

RENAME_EXCHANGE = 2

libc = ctypes.CDLL(None, use_errno=True)
directory = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
names = [name.encode() for name in sys.argv[2:4]]
stopping = []


def flip():
    if libc.renameat2(directory, names[0], directory, names[1], RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
flip()
count = 1
print("flipping", flush=True)
while not stopping or count % 2:
    flip()
    count += 1
print(count, flush=True)
