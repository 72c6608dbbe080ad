#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry with docker's search ("v1/search"), for tests of it.

indexserver.py FILE: FILE gets a line for each request. The term "broken" is answered with what
is no JSON, "rude" with control characters, all others with three results.
"""
import http.server
import json
import sys
import urllib.parse

RESULTS = [
    {"name": "team/few", "description": "few stars", "star_count": 3, "is_official": False,
     "is_automated": False},
    {"name": "many", "description": "a long description of an image that many people\nlike " + "x" * 60,
     "star_count": 7000, "is_official": True, "is_automated": False},
    {"name": "team/auto", "description": "", "star_count": 50, "is_official": False,
     "is_automated": True},
]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        with open(sys.argv[1], "a") as log:
            log.write(self.path + "\n")
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        term = query.get("q", [""])[0]
        status, body = 200, json.dumps({"results": RESULTS[:int(query.get("n", ["25"])[0])]})
        if url.path != "/v1/search":
            status, body = 404, "{}"
        elif term == "broken":
            body = "<html>"
        elif term == "rude":
            body = json.dumps({"results": [{"name": "a\x1b[2Jb", "description": "\x07ring"}]})
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that try TLS first

    def get_request(self):
        """A TLS hello may hold no newline for the HTTP parser to wait for."""
        request, address = super().get_request()
        request.settimeout(30)
        if request.recv(1, 2) == b"\x16":  # 2: MSG_PEEK
            request.close()
            raise OSError("TLS on a plain port")
        return request, address


server = Server(("127.0.0.1", 0), Handler)
print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
