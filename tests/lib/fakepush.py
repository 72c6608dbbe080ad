#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry to push to that misbehaves: fakepush.py

Listens on two free ports of 127.0.0.1; "listening on ADDRESS other ADDRESS" says where. The first
part of a repository's name tells how it is treated:

    good        by the book; mount works from good/source
    drop        the first PATCH loses its connection half-way; what came is kept
    dropall     every PATCH is cut after 1200000 bytes
    forget      as drop, but the session is gone then
    lostput     the answer to the first PUT of a blob is lost
    busy        429 with Retry-After for the first POST, 503 for the first PATCH
    broken      500 for the first PATCH, after its body
    dead        500 for every PATCH
    elsewhere   uploads go to the other address
    redirect    the first PATCH is redirected to another path
    large       413 in the middle of a PATCH
    expire      wants a user's password; 401 once in the middle
    refuse      400 DIGEST_INVALID for every blob
    lie         claims another digest for the manifest
    denied      403 for every POST

Every request is told on stdout: 
    main|other METHOD PATH authorization=yes|no range=... type=... length=...
"""
import base64
import hashlib
import http.server
import itertools
import json
import re
import threading
import urllib.parse

USER = "Basic " + base64.b64encode(b"tester:secret-42").decode()
LOCK = threading.Lock()
blobs = {}      # repository -> {digest: size}
manifests = {}  # repository/reference -> (type, bytes)
sessions = {}   # id -> bytearray
seen = {}       # what has happened once
numbers = itertools.count(1)


def first(repository, what):
    with LOCK:
        key = (repository, what)
        seen[key] = seen.get(key, 0) + 1
        return seen[key] == 1


class Cut(Exception):
    """The connection is to be lost."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *_):
        pass

    def note(self):
        headers = self.headers
        with LOCK:
            print(self.server.label, self.command, self.path,
                  "authorization=" + ("yes" if headers["Authorization"] else "no"),
                  "range=%s" % headers["Content-Range"], "type=%s" % headers["Content-Type"],
                  "length=%s" % headers["Content-Length"], flush=True)

    def pieces(self):
        """The body, as it comes."""
        if self.headers["Transfer-Encoding"] == "chunked":
            while True:
                line = self.rfile.readline()
                if not line:
                    raise Cut
                size = int(line.split(b";")[0], 16)
                if size == 0:
                    self.rfile.readline()
                    return
                yield self.rfile.read(size)
                self.rfile.readline()
        left = int(self.headers["Content-Length"] or 0)
        while left > 0:
            piece = self.rfile.read(min(left, 65536))
            if not piece:
                raise Cut
            left -= len(piece)
            yield piece

    def body(self):
        return b"".join(self.pieces())

    def reply(self, status, headers=None, body=b""):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, headers=None):
        text = json.dumps({"errors": [{"code": code, "message": "told by the test"}]})
        self.reply(status, {"Content-Type": "application/json", **(headers or {})}, text.encode())

    def location(self, repository, session):
        address = self.server.server_address
        if repository.startswith("elsewhere/"):
            address = self.server.other
        return "http://%s:%d/upload/%s?repository=%s" % (*address, session, repository)

    def begin(self, repository, query):
        mode = repository.split("/")[0]
        if mode == "denied":
            return self.refuse(403, "DENIED")
        if mode == "busy" and first(repository, "post"):
            return self.refuse(429, "TOOMANYREQUESTS", {"Retry-After": "1"})
        mount, source = query.get("mount", [""])[0], query.get("from", [""])[0]
        if mode == "good" and mount in blobs.get(source, {}):
            blobs.setdefault(repository, {})[mount] = blobs[source][mount]
            return self.reply(201, {"Location": "/v2/%s/blobs/%s" % (repository, mount)})
        with LOCK:
            session = str(next(numbers))
            sessions[session] = bytearray()
        return self.reply(202, {"Location": self.location(repository, session)})

    def patch(self, repository, session):
        mode = repository.split("/")[0]
        data = sessions[session]
        cut = None
        if mode in ("drop", "forget") and first(repository, "patch"):
            cut = 200000
        elif mode == "dropall":
            cut = 1200000
        if mode == "redirect" and first(repository, "patch"):
            self.close_connection = True
            return self.refuse(307, "MOVED", {"Location": self.location(repository, session)
                                              + "&moved=1"})
        if mode == "busy" and first(repository, "patch"):
            self.body()
            return self.refuse(503, "UNAVAILABLE")
        if mode == "dead" or (mode == "broken" and first(repository, "patch")):
            self.body()
            return self.refuse(500, "UNKNOWN")
        came = 0
        for piece in self.pieces():
            data += piece[:cut - came] if cut else piece
            came += len(piece)
            if cut and came >= cut:
                if mode == "forget":
                    del sessions[session]
                raise Cut
            if mode == "large" and came > 100000:
                self.close_connection = True
                return self.refuse(413, "SIZE_INVALID")
            if mode == "expire" and came > 100000 and first(repository, "patch"):
                self.close_connection = True
                return self.challenge()
        return self.reply(202, {"Location": self.location(repository, session),
                                "Range": "0-%d" % (len(data) - 1)})

    def commit(self, repository, session, query):
        mode = repository.split("/")[0]
        data = sessions[session]
        data += self.body()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if mode == "refuse" or digest != query["digest"][0]:
            return self.refuse(400, "DIGEST_INVALID")
        with LOCK:
            blobs.setdefault(repository, {})[digest] = len(data)
            del sessions[session]
        if mode == "lostput" and first(repository, "put"):
            raise Cut
        return self.reply(201, {"Docker-Content-Digest": digest})

    def upload(self, session, query):
        repository = query["repository"][0]
        if session not in sessions:
            self.body()
            return self.refuse(404, "BLOB_UPLOAD_UNKNOWN")
        if self.command == "PATCH":
            return self.patch(repository, session)
        if self.command == "PUT":
            return self.commit(repository, session, query)
        size = len(sessions[session])
        return self.reply(204, {"Location": self.location(repository, session),
                                "Range": "0-%d" % max(size - 1, 0)})

    def manifest(self, repository, reference):
        key = repository + "/" + reference
        if self.command == "PUT":
            data = self.body()
            digest = "sha256:" + hashlib.sha256(data).hexdigest()
            for name in (reference, digest):
                manifests[repository + "/" + name] = (self.headers["Content-Type"], data)
            if repository.startswith("lie/"):
                digest = "sha256:" + "0" * 64
            return self.reply(201, {"Docker-Content-Digest": digest})
        if key not in manifests:
            return self.refuse(404, "MANIFEST_UNKNOWN")
        return self.reply(200, {"Content-Type": manifests[key][0]}, manifests[key][1])

    def challenge(self):
        return self.refuse(401, "UNAUTHORIZED", {"WWW-Authenticate": 'Basic realm="test"'})

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        part = re.fullmatch(r"/v2/(.+)/(blobs|manifests)/(uploads/|[^/]+)", url.path)
        if url.path.startswith("/upload/"):
            return self.upload(url.path[len("/upload/"):], query)
        if not part:
            return self.reply(200)
        repository, kind, name = part.groups()
        if repository.split("/")[0] in ("expire", "elsewhere") and \
                self.headers["Authorization"] != USER:
            self.body()
            return self.challenge()
        if kind == "manifests":
            return self.manifest(repository, name)
        if name == "uploads/":
            self.body()
            return self.begin(repository, query)
        if name in blobs.get(repository, {}):
            return self.reply(200)
        return self.refuse(404, "BLOB_UNKNOWN")

    def handle_any(self):
        self.note()
        try:
            self.answer()
        except Cut:
            self.close_connection = True
            self.connection.shutdown(2)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any


def main():
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    addresses = [server.server_address for server in servers]
    for server, other, label in zip(servers, reversed(addresses), ("main", "other")):
        server.other, server.label = other, label
        server.daemon_threads = True
    print("listening on %s:%d other %s:%d" % (*addresses[0], *addresses[1]), flush=True)
    threading.Thread(target=servers[1].serve_forever, daemon=True).start()
    servers[0].serve_forever()


main()
