#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An OCI layout out of layer tars, exactly as they are: what a hostile or careless builder makes.

image-from-tars.py LAYOUT [--config JSON] [--image JSON] [--compression plain|gzip] [--wrong-diff-id] TAR...
The image is tagged `image` in the layout. Nothing is looked at inside the tars.
"""
import argparse
import gzip
import hashlib
import json
import os

MEDIA = "application/vnd.oci.image."


class Layout:
    def __init__(self, path):
        self.blobs = os.path.join(path, "blobs", "sha256")
        os.makedirs(self.blobs)
        with open(os.path.join(path, "oci-layout"), "w") as out:
            out.write('{"imageLayoutVersion":"1.0.0"}')
        self.path = path

    def blob(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.blobs, digest), "wb") as out:
            out.write(data)
        return {"mediaType": MEDIA + media_type, "digest": "sha256:" + digest, "size": len(data)}

    def index(self, manifest):
        manifest["annotations"] = {"org.opencontainers.image.ref.name": "image"}
        with open(os.path.join(self.path, "index.json"), "w") as out:
            json.dump({"schemaVersion": 2, "manifests": [manifest]}, out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("layout")
    parser.add_argument("--config", default="{}")
    parser.add_argument("--image", default="{}", help="more members of the image config itself")
    parser.add_argument("--compression", choices=["plain", "gzip"], default="gzip")
    parser.add_argument("--wrong-diff-id", action="store_true")
    parser.add_argument("tar", nargs="+")
    args = parser.parse_args()
    layout = Layout(args.layout)
    layers, diff_ids = [], []
    for name in args.tar:
        with open(name, "rb") as tar:
            plain = tar.read()
        diff_ids.append("sha256:" + hashlib.sha256(plain).hexdigest())
        if args.compression == "gzip":
            layers.append(layout.blob("layer.v1.tar+gzip", gzip.compress(plain, 6, mtime=0)))
        else:
            layers.append(layout.blob("layer.v1.tar", plain))
    if args.wrong_diff_id:
        diff_ids[-1] = "sha256:" + "0" * 64
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    config = layout.blob("config.v1+json", json.dumps({
        "architecture": architecture, "os": "linux", "config": json.loads(args.config),
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, **json.loads(args.image)}).encode())
    layout.index(layout.blob("manifest.v1+json", json.dumps({
        "schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json", "config": config,
        "layers": layers}).encode()))


if __name__ == "__main__":
    main()
