#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token server for docker-registry (distribution: docs/spec/auth/token.md, oauth.md).

tokenserver.py DIRECTORY USER PASSWORD: signs with server.key of DIRECTORY, whose certificate
goes along in each token. Anonymous requests get a token for repositories below public/ only.
With TOKEN_SERVER_IDENTITY set, a user who asks for an offline token gets an identity token.
Writes one line for each request.
"""
import base64
import http.server
import json
import os
import random
import subprocess
import sys
import time
import urllib.parse

directory, user, password = sys.argv[1:4]
REFRESH_TOKEN = "refresh-" + password


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def der_to_raw(der):
    """An ECDSA signature as JWS has it: two numbers of 32 bytes."""
    numbers, at = [], 2
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big"))
        at += 2 + length
    return b"".join(numbers)


def certificate():
    lines = open(os.path.join(directory, "server.crt")).read().split("-----")
    return "".join(lines[2].split())


def make_token(service, access):
    now = int(time.time())
    header = {"typ": "JWT", "alg": "ES256", "x5c": [certificate()]}
    claims = {"iss": "proa-test", "sub": user, "aud": service, "exp": now + 300, "nbf": now - 10,
              "iat": now, "jti": str(random.random()), "access": access}
    text = b64url(json.dumps(header).encode()) + "." + b64url(json.dumps(claims).encode())
    key = os.path.join(directory, "server.key")
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(),
                            capture_output=True, check=True)
    return text + "." + b64url(der_to_raw(signed.stdout))


def access_for(scopes, known):
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":")
        if known or name.startswith("public/"):
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
    return access


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        print(self.command, self.path.split("?")[0], status, flush=True)

    def give(self, query, known):
        scopes = query.get("scope", [])
        token = make_token(query.get("service", [""])[0], access_for(scopes, known))
        answer = {"token": token, "access_token": token, "expires_in": 300}
        if os.environ.get("TOKEN_SERVER_IDENTITY") and known and query.get("offline_token"):
            answer["refresh_token"] = REFRESH_TOKEN
        self.answer(200, answer)

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        given = self.headers.get("Authorization")
        right = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if given and given != right:
            self.answer(401, {"details": "incorrect username or password"})
        else:
            self.give(query, given == right)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        form = urllib.parse.parse_qs(self.rfile.read(length).decode())
        if (form.get("grant_type") != ["refresh_token"] or
                form.get("refresh_token") != [REFRESH_TOKEN]):
            self.answer(401, {"details": "incorrect username or password"})
        else:
            self.give(form, True)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
