#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service manager's socket that prints the lines it is told: notified.py SOCKET."""
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
while True:
	print(listener.recv(65536).decode(), end="", flush=True)
