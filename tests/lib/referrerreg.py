#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that keeps lists of referrers (distribution-spec 1.1), which docker-registry 2.8 does not.

referrerreg.py: listens on a loopback port and writes "listening on ADDRESS". Everything is kept in
memory; every manifest that names a subject is answered with OCI-Subject. A repository called
"refuses/..." answers 403 where its referrers are asked for.
"""
import hashlib
import http.server
import itertools
import json
import re
import urllib.parse

INDEX = "application/vnd.oci.image.index.v1+json"
blobs, manifests, tags, uploads = {}, {}, {}, {}
numbers = itertools.count()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return data
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/v2/":
            return self.answer(200)
        name, kind, what = re.fullmatch(r"/v2/(.+)/(blobs|manifests|referrers)/([^/]+)", path).groups()
        if kind == "blobs" and what in blobs:
            return self.answer(200, blobs[what], Docker_Content_Digest=what)
        if kind == "manifests":
            what = tags.get((name, what), what)
            if what in manifests:
                media_type, data = manifests[what]
                return self.answer(200, data, Content_Type=media_type, Docker_Content_Digest=what)
        if kind == "referrers" and name.startswith("refuses/"):
            return self.answer(403)
        if kind == "referrers":
            found = []
            for name, (media_type, data) in manifests.items():
                document = json.loads(data)
                if document.get("subject", {}).get("digest") == what:
                    found.append({"mediaType": media_type, "digest": name, "size": len(data),
                                  "artifactType": document.get("artifactType")})
            index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": found}
            return self.answer(200, json.dumps(index).encode(), Content_Type=INDEX)
        return self.answer(404)

    do_HEAD = do_GET

    def do_POST(self):
        self.body()
        self.answer(202, Location="%s%d" % (self.path.split("?")[0], next(numbers)), Range="0-0")

    def do_PATCH(self):
        data = uploads[self.path] = uploads.get(self.path, b"") + self.body()
        self.answer(202, Location=self.path, Range="0-%d" % (len(data) - 1))

    def do_PUT(self):
        data = self.body()
        url = urllib.parse.urlsplit(self.path)
        if "/blobs/uploads/" in url.path:
            data = uploads.pop(url.path, b"") + data
            if urllib.parse.parse_qs(url.query)["digest"] != [digest(data)]:
                return self.answer(400)
            blobs[digest(data)] = data
            return self.answer(201, Location="/there")
        name, tag = re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", url.path).groups()
        manifests[digest(data)] = (self.headers["Content-Type"], data)
        tags[name, tag] = digest(data)
        headers = {"Docker_Content_Digest": digest(data)}
        subject = json.loads(data).get("subject")
        if subject:
            headers["OCI_Subject"] = subject["digest"]
        return self.answer(201, **headers)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()


main()
