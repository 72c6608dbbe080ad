#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Archives as `docker save` wrote them, and such that lie: docker-archives.py DIRECTORY [links]

Without `links` it makes one NAME.tar for each way to lie."""
import hashlib
import io
import json
import sys
import tarfile

where = sys.argv[1]


def layer(**files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return data.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def config(*layers):
    return json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/x"]},
                       "rootfs": {"type": "layers", "diff_ids": [digest(l) for l in layers]}}).encode()


def archive(name, *entries):
    """Entries: (name, bytes) files, (name, text) links, (name, None) devices."""
    with tarfile.open(f"{where}/{name}.tar", "w") as tar:
        for path, data in entries:
            info = tarfile.TarInfo(path)
            if data is None:
                info.type = tarfile.CHRTYPE
                tar.addfile(info)
            elif isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                tar.addfile(info)
            else:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def manifest(layers=("a/layer.tar",), configuration="c.json", tags=("lie:1",)):
    return json.dumps([{"Config": configuration, "RepoTags": tags, "Layers": layers}]).encode()


A, B = layer(a="first"), layer(b="second")

if "links" in sys.argv:
    archive("links", ("a/layer.tar", A), ("b/layer.tar", "../a/layer.tar"), ("c/layer.tar", B),
            ("one.json", config(A)), ("two.json", config(A, B)),
            ("manifest.json", json.dumps([
                {"Config": "one.json", "RepoTags": ["one:1"], "Layers": ["a/layer.tar"]},
                {"Config": "two.json", "RepoTags": ["two:1"],
                 "Layers": ["b/layer.tar", "c/layer.tar"]}]).encode()))
    sys.exit()

good = [("a/layer.tar", A), ("c.json", config(A)), ("manifest.json", manifest())]
archive("wrong-diff-id", ("a/layer.tar", B), *good[1:])
archive("missing-layer", *good[1:])
archive("missing-config", good[0], good[2])
archive("outside", ("a/layer.tar", "/etc/passwd"), ("c.json", "../../../../etc/passwd"), good[2])
archive("dot-dot", ("../../x", A), *good)
archive("twice", good[0], good[1], ("c.json", config(B)), good[2])
archive("too-few", good[0], good[1], ("manifest.json", manifest(("a/layer.tar", "a/layer.tar"))))
archive("not-json", *good[:2], ("manifest.json", b"[{"))
archive("empty")
archive("deep-json", *good[:2], ("manifest.json", b"[" * 100000))
archive("large-config", good[0], ("c.json", b" " * (9 << 20)), good[2])
archive("endless-links", good[0], ("c.json", "d.json"), ("d.json", "c.json"), good[2])
archive("device", good[0], ("c.json", None), good[2])
archive("truncated", *good, ("more", b"x" * 1000000))
with open(f"{where}/truncated.tar", "r+b") as file:
    file.truncate(500000)
