#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy on a loopback port: CONNECT, and http:// URLs.

proxy.py LOG: LOG gets the first line of each request; names are all taken as 127.0.0.1.
"""
import socket
import socketserver
import sys
import threading
from urllib.parse import urlsplit


def pour(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(1)
        if not data:
            return None
        head += data
    return head.decode("latin-1")


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        head = read_head(self.request)
        if not head:
            return
        line, _, rest = head.partition("\r\n")
        with lock, open(sys.argv[1], "a") as log:
            log.write(line + "\n")
        method, target, version = line.split(" ")
        if method == "CONNECT":
            port = int(target.rpartition(":")[2])
            upstream = socket.create_connection(("127.0.0.1", port))
            self.request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            url = urlsplit(target)
            upstream = socket.create_connection(("127.0.0.1", url.port or 80))
            path = url.path + ("?" + url.query if url.query else "")
            # One request a connection is enough.
            rest = "\r\n".join(field for field in rest.split("\r\n")
                               if not field.lower().startswith(("proxy-", "connection:")))
            upstream.sendall(f"{method} {path} {version}\r\nConnection: close\r\n{rest}".encode("latin-1"))
        back = threading.Thread(target=pour, args=(upstream, self.request))
        back.start()
        pour(self.request, upstream)
        back.join()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


lock = threading.Lock()
with Server(("127.0.0.1", 0), Handler) as server:
    print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()
