#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves. The repository's name says how: see the functions marked @image.

fakereg.py DIRECTORY [TLS-DIRECTORY]: listens on two ports of $FAKEREG_LISTEN (127.0.0.1), the
second one being the "other host" of redirects. DIRECTORY/requests gets one line for each request:

    main|other METHOD PATH authorization=yes|no range=RANGE|- if-range=yes|no
"""
import gzip
import hashlib
import http.server
import io
import json
import os
import ssl
import subprocess
import sys
import tarfile
import threading
import time

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"

directory = sys.argv[1]
tls_directory = sys.argv[2] if len(sys.argv) > 2 else None
listen = os.environ.get("FAKEREG_LISTEN", "127.0.0.1")
scheme = "https" if tls_directory else "http"
log_lock = threading.Lock()
images = {}
counts = {}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image(make):
    """Registers an image under the function's name, with dashes for underscores."""
    images[make.__name__.replace("_", "-")] = make
    return make


def count(key):
    with log_lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


def member(name, content=None, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content or b"")
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def make_tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content) if content is not None else None)
    return out.getvalue()


def noise(size, seed):
    """Bytes that do not compress, the same each time."""
    blocks = (hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


class Image:
    """One image as it should be; the @image functions then spoil it."""

    def __init__(self, *tars, seed=1, size=300000):
        self.tars = tars or (make_tar(member("etc", type=tarfile.DIRTYPE, mode=0o755),
                                      member("etc/noise", noise(size, seed))),)
        self.blobs = {}
        self.manifest_type = MANIFEST
        self.layers = [self.layer(tar) for tar in self.tars]
        self.config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/sh"]},
                       "rootfs": {"type": "layers", "diff_ids": [digest(t) for t in self.tars]}}
        self.finish()

    def blob(self, data, media_type):
        self.blobs[digest(data)] = data
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    def layer(self, tar):
        return self.blob(gzip.compress(tar, 1, mtime=0), GZIP)

    def finish(self, config_type=CONFIG, **fields):
        config = self.blob(json.dumps(self.config).encode(), config_type)
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                    "layers": self.layers}
        document.update(fields)
        self.manifest = json.dumps(document).encode()
        return self

    def layer_digest(self):
        return self.layers[0]["digest"]

    # What a request for a part gets: (status, headers, body), or nothing if handled.
    def on_manifest(self, handler, name):
        return 200, {"Content-Type": self.manifest_type,
                     "Docker-Content-Digest": digest(self.manifest)}, self.manifest

    def on_tags(self, handler, path):
        return 200, {}, json.dumps({"name": "x", "tags": ["latest"]}).encode()

    def on_blob(self, handler, name):
        if name not in self.blobs:
            return handler.not_found("BLOB_UNKNOWN")
        return handler.ranged(self.blobs[name])


@image
def good():
    return Image()


@image
def two_layers():
    return Image(make_tar(member("one", b"1")), make_tar(member("two", noise(200000, 2))))


@image
def twice():
    """The same layer two times."""
    tar = make_tar(member("same", b"same"))
    return Image(tar, tar)


@image
def good_and_bad():
    """The first layer is right, the second one is not."""
    made = Image(make_tar(member("one", b"1")), make_tar(member("two", b"2")))
    bad = made.layers[1]["digest"]
    made.blobs[bad] = made.blobs[bad][:-1] + b"?"
    return made


@image
def wrong_blob():
    made = Image(seed=2)
    data = bytearray(made.blobs[made.layer_digest()])
    data[5000] ^= 1
    made.blobs[made.layer_digest()] = bytes(data)
    return made


@image
def wrong_config():
    made = Image(seed=3)
    name = json.loads(made.manifest)["config"]["digest"]
    made.blobs[name] = made.blobs[name].replace(b"amd64", b"arm64")
    return made


@image
def wrong_diff_id():
    made = Image(seed=4)
    made.config["rootfs"]["diff_ids"] = ["sha256:" + "0" * 64]
    return made.finish()


@image
def wrong_count():
    made = Image(seed=4)
    made.config["rootfs"]["diff_ids"] *= 2
    return made.finish()


@image
def wrong_manifest():
    """The manifest is not the one that was asked for, or that the header says."""
    made = Image(seed=5)
    made.on_manifest = lambda handler, name: (200, {
        "Content-Type": MANIFEST, "Docker-Content-Digest": "sha256:" + "1" * 64}, made.manifest)
    return made


@image
def truncated():
    made = Image(seed=6)
    made.blobs[made.layer_digest()] = made.blobs[made.layer_digest()][:100000]
    return made


@image
def longer():
    made = Image(seed=7)
    made.blobs[made.layer_digest()] += b"more"
    return made


def cut(made, times, ranges=True):
    """The layer's connection breaks in the middle, for the first `times` requests."""
    def on_blob(handler, name):
        data = made.blobs[name]
        if name != made.layer_digest():
            return handler.ranged(data)
        start = handler.range_start() if ranges else 0
        if count("cut " + name) > times:
            return handler.ranged(data) if ranges else (200, {}, data)
        return handler.break_off(data, start, start + (len(data) - start) // 2)
    made.on_blob = on_blob
    return made


@image
def cut_once():
    return cut(Image(seed=8), 1)


@image
def cut_no_ranges():
    return cut(Image(seed=9), 1, ranges=False)


@image
def cut_always():
    return cut(Image(seed=10), 10 ** 9)


@image
def huge_manifest():
    return Image(seed=11).finish(annotations={"long": "x" * (5 << 20)})


@image
def endless_manifest():
    made = Image(seed=11)

    def on_manifest(handler, name):
        handler.start(200, {"Content-Type": MANIFEST})
        while True:
            handler.wfile.write(b" " * 65536)
    made.on_manifest = on_manifest
    return made


@image
def ambiguous():
    return Image(seed=12).finish(manifests=[])


@image
def duplicate_keys():
    made = Image(seed=13)
    made.manifest = made.manifest.replace(b'"layers"', b'"layers": [], "layers"')
    return made


@image
def wrong_type():
    made = Image(seed=14)
    made.manifest_type = INDEX
    return made


@image
def web_page():
    made = Image(seed=14)
    made.manifest_type = "text/html"
    made.manifest = b"<html>Welcome</html>"
    return made


@image
def plain_type():
    """Served as application/json, as some registries do: the document itself tells."""
    made = Image(seed=15)
    made.manifest_type = "application/json; charset=utf-8"
    return made


@image
def schema1():
    made = Image(seed=16)
    made.manifest_type = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    made.manifest = json.dumps({"schemaVersion": 1, "name": "x", "tag": "latest", "fsLayers": [],
                                "history": [], "signatures": []}).encode()
    return made


@image
def artifact():
    return Image(seed=17).finish(config_type="application/vnd.example.chart\x1b[31m")


@image
def bad_digest_text():
    made = Image(seed=18)
    made.layers[0]["digest"] = "sha256:../../../etc/passwd"
    return made.finish()


@image
def index():
    made = Image(seed=19)
    entries = [{"mediaType": MANIFEST, "digest": digest(made.manifest), "size": len(made.manifest),
                "platform": {"os": "linux", "architecture": "amd64"}},
               {"mediaType": MANIFEST, "digest": "sha256:" + "2" * 64, "size": 10,
                "platform": {"os": "linux", "architecture": "s390x"}}]
    document = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    plain = made.manifest

    def on_manifest(handler, name):
        if name == digest(plain):
            return 200, {"Content-Type": MANIFEST}, plain
        if name.startswith("sha256:2"):
            return handler.not_found("MANIFEST_UNKNOWN")
        return 200, {"Content-Type": INDEX}, document
    made.on_manifest = on_manifest
    return made


def redirecting(made, location):
    def on_blob(handler, name):
        return 307, {"Location": location(name)}, b""
    made.on_blob = on_blob
    return made


@image
def redirect():
    return redirecting(Image(seed=20), lambda name: f"{scheme}://{listen}:{other_port()}"
                                          f"/v2/redirect-target/blobs/{name}")


@image
def redirect_authorized():
    """As above, after a challenge for a password."""
    made = redirecting(Image(seed=20), lambda name: f"{scheme}://{listen}:{other_port()}"
                                                    f"/v2/redirect-target/blobs/{name}")

    def guarded(answer):
        def guard(handler, name):
            if not handler.headers.get("Authorization"):
                return 401, {"WWW-Authenticate": 'Basic realm="fake"'}, b""
            return answer(handler, name)
        return guard
    made.on_manifest = guarded(made.on_manifest)
    made.on_blob = guarded(made.on_blob)
    return made


@image
def redirect_target():
    return Image(seed=20)


@image
def redirect_relative():
    return redirecting(Image(seed=20), lambda name: f"../../redirect-target/blobs/{name}")


@image
def redirect_loop():
    return redirecting(Image(seed=21), lambda name: f"/v2/redirect-loop/blobs/{name}")


@image
def redirect_file():
    return redirecting(Image(seed=22), lambda name: "file:///etc/passwd")


@image
def redirect_down():
    """From https to http."""
    return redirecting(Image(seed=23), lambda name: "http://127.0.0.1:1/")


def denying(made, challenge):
    made.on_manifest = lambda handler, name: (401, {"WWW-Authenticate": challenge()}, b"")
    return made


@image
def bearer_loop():
    return denying(Image(), lambda: f'Bearer realm="{scheme}://{listen}:{main_port()}/token",'
                                    'service="fake"')


@image
def basic_loop():
    return denying(Image(), lambda: 'Basic realm="fake"')


@image
def bad_challenge():
    return denying(Image(), lambda: 'Bearer realm="unclosed')


@image
def plain_realm():
    return denying(Image(), lambda: 'Bearer realm="http://token.example.com/token",service="fake"')


@image
def private_realm():
    """A token server on loopback, where only the user's own machine is."""
    return denying(Image(), lambda: f'Bearer realm="http://127.0.0.1:{main_port()}/token"')


@image
def file_realm():
    return denying(Image(), lambda: 'Bearer realm="file:///etc/passwd",service="fake"')


@image
def token_elsewhere():
    """A token from the other host opens this one."""
    made = Image(seed=24)
    give = made.on_manifest

    def on_manifest(handler, name):
        if handler.headers.get("Authorization") == "Bearer fake-token":
            return give(handler, name)
        return 401, {"WWW-Authenticate": f'Bearer realm="{scheme}://{listen}:{other_port()}/token"'
                                         ',service="fake"'}, b""
    made.on_manifest = on_manifest
    return made


@image
def busy_once():
    made = Image(seed=25)
    give = made.on_manifest

    def on_manifest(handler, name):
        if count("busy") == 1:
            return 429, {"Retry-After": "1"}, b""
        return give(handler, name)
    made.on_manifest = on_manifest
    return made


@image
def busy():
    made = Image(seed=25)
    body = json.dumps({"errors": [{"code": "TOOMANYREQUESTS", "message": "you have reached your "
                                   "pull rate limit"}]}).encode()
    made.on_manifest = lambda handler, name: (429, {"Retry-After": "3600"}, body)
    return made


@image
def escape():
    """An error message with terminal control."""
    made = Image()
    body = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN",
                                   "message": "\x1b[2Jgone\nfake: line"}]}).encode()
    made.on_manifest = lambda handler, name: (404, {}, body)
    return made


@image
def server_error():
    made = Image()
    made.on_manifest = lambda handler, name: (500, {}, b"<html>" + b"x" * 100000)
    return made


@image
def slow():
    """Drips: slower than any buffer, fast enough not to stall."""
    made = Image(seed=26, size=3000)

    def on_blob(handler, name):
        data = made.blobs[name]
        handler.start(200, {"Content-Length": str(len(data))})
        for at in range(0, len(data), 200):
            handler.wfile.write(data[at:at + 200])
            handler.wfile.flush()
            time.sleep(0.02)
    made.on_blob = on_blob
    return made


@image
def gated():
    """The second layer waits until DIRECTORY/open exists: a pull to be killed in the middle."""
    made = Image(make_tar(member("first", b"1")), make_tar(member("second", noise(500000, 27))))
    last = made.layers[1]["digest"]

    def on_blob(handler, name):
        data = made.blobs[name]
        if name != last:
            return handler.ranged(data)
        handler.start(200, {"Content-Length": str(len(data))})
        handler.wfile.write(data[:100000])
        handler.wfile.flush()
        while not os.path.exists(os.path.join(directory, "open")):
            time.sleep(0.05)
        handler.wfile.write(data[100000:])
    made.on_blob = on_blob
    return made


@image
def corrupt_gzip():
    """The digest is right, the content is not."""
    made = Image(seed=28)
    data = bytearray(made.blobs.pop(made.layer_digest()))
    data[len(data) // 2] ^= 0xff
    made.layers = [made.blob(bytes(data), GZIP)]
    return made.finish()


@image
def truncated_gzip():
    made = Image(seed=29)
    data = made.blobs.pop(made.layer_digest())
    made.layers = [made.blob(data[:len(data) // 2], GZIP)]
    return made.finish()


@image
def tar_dotdot():
    return Image(make_tar(member("a/../../escaped", b"x")))


@image
def tar_absolute():
    return Image(make_tar(member("/escaped-absolute", b"x")))


@image
def tar_through_link():
    return Image(make_tar(member("link", type=tarfile.SYMTYPE, linkname="/tmp"),
                          member("link/escaped", b"x")))


@image
def tar_hardlink():
    return Image(make_tar(member("hard", type=tarfile.LNKTYPE, linkname="../../../../etc/passwd")))


def opened(name):
    """Whether the test has made DIRECTORY/open-NAME."""
    return os.path.exists(os.path.join(directory, "open-" + name))


def interrupted(name, seed, later):
    """A layer of 3 MB, of which 2 MB come until DIRECTORY/open-NAME exists; then what `later` says."""
    made = Image(seed=seed, size=3000000)

    def on_blob(handler, digest_):
        data = made.blobs[digest_]
        if digest_ != made.layer_digest():
            return handler.ranged(data)
        if opened(name):
            return later(handler, data)
        start = handler.range_start()
        return handler.break_off(data, start, max(start, 2000000), ETag='"one"')
    made.on_blob = on_blob
    return made


@image
def later():
    return interrupted("later", 40, lambda handler, data: handler.ranged(data, '"one"'))


@image
def later_damaged():
    return interrupted("later-damaged", 41, lambda handler, data: handler.ranged(data, '"one"'))


@image
def later_changed():
    """Another server: its entity tag is not the one that the first bytes came with."""
    return interrupted("later-changed", 42, lambda handler, data: handler.ranged(data, '"two"'))


@image
def later_refused():
    """Ranges are an error now."""
    return interrupted("later-refused", 43, lambda handler, data: handler.ranged(data)
                       if not handler.range_start() else (416, {}, b""))


@image
def later_nonsense():
    """Ranges are answered with another part, of something else."""
    return interrupted("later-nonsense", 44, lambda handler, data: handler.ranged(data)
                       if not handler.range_start() else
                       (206, {"Content-Range": "bytes 7-999/1000"}, data[7:1000]))


@image
def stalls():
    """2 MB of 3 come, the rest when DIRECTORY/open-stalls exists."""
    made = Image(seed=45, size=3000000)

    def on_blob(handler, name):
        data = made.blobs[name]
        if name != made.layer_digest() or handler.range_start():
            return handler.ranged(data, '"one"')
        handler.start(200, {"Content-Length": str(len(data)), "ETag": '"one"'})
        handler.wfile.write(data[:2000000])
        handler.wfile.flush()
        while not opened("stalls"):
            time.sleep(0.05)
        handler.wfile.write(data[2000000:])
    made.on_blob = on_blob
    return made


def failing_once(made, status, headers):
    """Each of its parts fails at the first request for it."""
    give_manifest, give_blob = made.on_manifest, made.on_blob

    def once(give):
        def answer(handler, name):
            if count(f"{status} {id(made)} {name}") == 1:
                return status, headers, b""
            return give(handler, name)
        return answer
    made.on_manifest, made.on_blob = once(give_manifest), once(give_blob)
    return made


@image
def broken_once():
    return failing_once(Image(seed=46), 500, {})


@image
def down_once():
    return failing_once(Image(seed=47), 503, {"Retry-After": "1"})


@image
def token_busy():
    """The token server is down at every second request."""
    made = Image(seed=48)
    give = made.on_manifest

    def on_manifest(handler, name):
        if handler.headers.get("Authorization") == "Bearer fake-token":
            return give(handler, name)
        return 401, {"WWW-Authenticate": f'Bearer realm="{scheme}://{listen}:{main_port()}'
                                         '/token-busy",service="fake"'}, b""
    made.on_manifest = on_manifest
    return made


@image
def endless_headers():
    made = Image(seed=49)

    def on_manifest(handler, name):
        handler.send_response(200)
        while True:
            handler.send_header("X-More", "x" * 1000)
            handler.flush_headers()
    made.on_manifest = on_manifest
    return made


@image
def long_header():
    """A Location longer than any that is kept."""
    return redirecting(Image(seed=50), lambda name: "/v2/" + "x" * 60000)


@image
def more_layers():
    """More than overlayfs can stack."""
    made = Image(seed=51)
    made.layers *= 501
    return made.finish()


def chunked(made, footer):
    """zstd:chunked: two frames, then skippable ones with what lazy readers want, right or not."""
    plain = made.tars[0]
    parts = [subprocess.run(["zstd", "-q", "-c"], input=part, capture_output=True, check=True).stdout
             for part in (plain[:len(plain) // 2], plain[len(plain) // 2:])]
    skippable = b"\x50\x2a\x4d\x18" + len(footer).to_bytes(4, "little") + footer
    made.layers = [made.blob(b"".join(parts) + skippable, ZSTD)]
    made.layers[0]["annotations"] = {
        "io.github.containers.zstd-chunked.manifest-checksum": "sha256:" + "3" * 64,
        "io.github.containers.zstd-chunked.manifest-position": "99999999:1:2:3"}
    return made.finish()


@image
def zstd_chunked():
    return chunked(Image(seed=52), b"no table of contents at all")


@image
def estargz():
    """Several gzip members, the last one empty with a footer in its extra field."""
    made = Image(seed=53)
    plain = made.tars[0]
    footer = (b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0" + b"0" * 16 + b"STARGZ" +
              b"\x03\0" + b"\0" * 8)
    made.layers = [made.blob(gzip.compress(plain[:1000], 1, mtime=0) +
                             gzip.compress(plain[1000:], 1, mtime=0) + footer, GZIP)]
    return made.finish()


@image
def oci11():
    """What OCI 1.1 adds to a manifest."""
    made = Image(seed=54)
    return made.finish(artifactType="application/vnd.example", subject=made.layers[0],
                       annotations={"a": "b"})


@image
def tags():
    """Three pages of tags."""
    made = Image(seed=55)

    def on_tags(handler, path):
        query = path.partition("?")[2]
        page = 2 if "last=b" in query else 3 if "last=c" in query else 1
        names = {1: ["a", "b"], 2: ["c"], 3: ["latest"]}[page]
        link = {1: '</v2/tags/tags/list?last=b&n=2>; rel="next"',
                2: '<list?last=c>; rel=next'}.get(page)
        return 200, {"Link": link} if link else {}, json.dumps({"tags": names}).encode()
    made.on_tags = on_tags
    return made


def tag_list(answer):
    made = Image(seed=56)
    made.on_tags = answer
    return made


@image
def tags_endless():
    return tag_list(lambda handler, path: (200, {
        "Link": f'</v2/tags-endless/tags/list?last={count("endless")}>; rel="next"'},
        b'{"tags": []}'))


@image
def tags_elsewhere():
    return tag_list(lambda handler, path: (200, {
        "Link": f'<{scheme}://{listen}:{other_port()}/v2/x/tags/list>; rel="next"'},
        b'{"tags": []}'))


@image
def tags_wrong():
    return tag_list(lambda handler, path: (200, {}, b'{"tags": ["../../etc"]}'))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *args):
        pass

    def note(self):
        line = "%s %s %s authorization=%s range=%s if-range=%s\n" % (
            self.server.role, self.command, self.path,
            "yes" if self.headers.get("Authorization") else "no", self.headers.get("Range", "-"),
            "yes" if self.headers.get("If-Range") else "no")
        with log_lock, open(os.path.join(directory, "requests"), "a") as log:
            log.write(line)

    def start(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.close_connection = True
        self.end_headers()

    def range_start(self):
        asked = self.headers.get("Range", "bytes=0-")
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def ranged(self, data, etag=None):
        start = self.range_start()
        headers = {"ETag": etag} if etag else {}
        if not start or (etag and self.headers.get("If-Range", etag) != etag):
            return 200, headers, data
        if start >= len(data):
            return 416, {}, b""
        return 206, {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}",
                     **headers}, data[start:]

    def break_off(self, data, start, end, **headers):
        headers["Content-Length"] = str(len(data) - start)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.start(206 if start else 200, headers)
        self.wfile.write(data[start:end])
        self.wfile.flush()
        self.close_connection = True

    def not_found(self, code):
        words = code.lower().replace("_", " ")
        return 404, {}, json.dumps({"errors": [{"code": code, "message": words}]}).encode()

    def answer(self):
        if self.path.split("?")[0] == "/token":
            return 200, {}, json.dumps({"token": "fake-token", "expires_in": 60}).encode()
        if self.path.split("?")[0] == "/token-busy":
            if count("token-busy") % 2:
                return 503, {}, b""
            return 200, {}, json.dumps({"token": "fake-token", "expires_in": 60}).encode()
        parts = self.path.split("/")
        if len(parts) < 5 or parts[1] != "v2":
            return 200, {}, b"{}"
        if parts[2] not in made:
            return self.not_found("NAME_UNKNOWN")
        wanted = made[parts[2]]
        if parts[3] == "tags":
            return wanted.on_tags(self, self.path)
        part = wanted.on_manifest if parts[-2] == "manifests" else wanted.on_blob
        return part(self, parts[-1])

    def do_GET(self):
        self.note()
        try:
            answer = self.answer()
            if answer:
                status, headers, body = answer
                self.start(status, dict(headers, **{"Content-Length": str(len(body))}))
                self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, role):
        self.role = role
        super().__init__((listen, 0), Handler)
        if tls_directory:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(tls_directory, "server.crt"),
                                    os.path.join(tls_directory, "server.key"))
            if "FAKEREG_CLIENT_CA" in os.environ:  # who has no certificate of this authority is nobody
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(os.environ["FAKEREG_CLIENT_CA"])
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        pass  # clients that try TLS first, or go away

    def get_request(self):
        """A TLS hello at a plain port may hold no newline for the HTTP parser to wait for."""
        request, address = super().get_request()
        request.settimeout(30)
        if not tls_directory and request.recv(1, 2) == b"\x16":  # 2: MSG_PEEK
            request.close()
            raise OSError("TLS on a plain port")
        return request, address


def main_port():
    return servers[0].server_address[1]


def other_port():
    return servers[1].server_address[1]


servers = [Server("main"), Server("other")]
made = {name: make() for name, make in list(images.items())}
threading.Thread(target=servers[1].serve_forever, daemon=True).start()
print("listening on %s:%d" % (listen, main_port()), flush=True)
servers[0].serve_forever()
