#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves the files of a directory on a loopback port, and prints its address: web.py DIRECTORY"""
import functools
import http.server
import sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(f"127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
