#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A journal that prints the entries it gets as JSON, a line each: fakejournal.py SOCKET COUNT."""
import json
import os
import socket
import struct
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listener.settimeout(60)
for _ in range(int(sys.argv[2])):
	data, entry = listener.recv(1 << 20), {}
	while data:
		line, _, data = data.partition(b"\n")
		name, equals, value = line.partition(b"=")
		if not equals:
			size, = struct.unpack_from("<Q", data)
			value, data = data[8:8 + size], data[8 + size + 1:]
		entry[name.decode()] = value.decode()
	print(json.dumps(entry), flush=True)
