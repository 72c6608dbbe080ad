# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-registry on loopback, and the images that are measured."""
import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time

MEDIA = "application/vnd.oci.image."
MEGABYTE = 1 << 20
PORT_TRIES = 10


class Registry:
    """Serves from a folder of its own below `scratch` until stop()."""

    def __init__(self, scratch):
        self.folder = tempfile.mkdtemp(prefix="registry-", dir=scratch)
        for _ in range(PORT_TRIES):
            if self.start():
                return
        raise RuntimeError("docker-registry does not start")

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            host, port = probe.getsockname()
        self.address = "%s:%d" % (host, port)
        config = os.path.join(self.folder, "config.yml")
        with open(config, "w") as out:
            out.write("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
                      "storage: {filesystem: {rootdirectory: %s}}\n"
                      "http: {addr: '%s'}\n" % (self.folder, self.address))
        self.process = subprocess.Popen(["docker-registry", "serve", config],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.process.poll() is None:
            try:
                socket.create_connection((host, port), timeout=1).close()
                # Not somebody else's, who was faster with the port.
                return self.process.poll() is None
            except OSError:
                time.sleep(0.01)
        return False

    def fill(self, layout, name):
        """Copies the image of an OCI layout here; returns its reference."""
        image = "%s/%s:latest" % (self.address, name)
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false",
                        "oci:" + layout, "docker://" + image], check=True)
        return image

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def entry(name, kind, mode, size=0, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.linkname = kind, mode, size, target
    info.mtime = 1600000000
    return info


def small_layer(path):
    """A busybox; proc and dev are there for the floor program, which makes nothing."""
    busybox = shutil.which("busybox")
    with tarfile.open(path, "w") as tar, open(busybox, "rb") as program:
        for name in ("bin", "proc", "dev"):
            tar.addfile(entry(name, tarfile.DIRTYPE, 0o755))
        tar.addfile(entry("bin/busybox", tarfile.REGTYPE, 0o755, os.path.getsize(busybox)), program)
        for name in ("sh", "true", "sleep"):
            tar.addfile(entry("bin/" + name, tarfile.SYMTYPE, 0o777, target="busybox"))


def words(source, size):
    """Text of `size` bytes, which deflate makes about four times smaller."""
    vocabulary = ["%x" % source.getrandbits(source.choice((16, 24, 40))) for _ in range(4000)]
    line = " ".join(source.choices(vocabulary, k=MEGABYTE // 5)).encode()
    return (line * (size // len(line) + 1))[:size]


def large_layer(path, number):
    """250 MB: a few large files, many small ones, and every second one does not compress."""
    source = random.Random(number)
    sizes = [40 * 1000 * 1000] * 2 + [2 * 1000 * 1000] * 40 + [90 * 1000] * 1000
    with tarfile.open(path, "w") as tar:
        for i, size in enumerate(sizes):
            if i % 100 == 0:
                text = words(source, max(size, MEGABYTE))
            data = source.randbytes(size) if i % 2 else text[:size]
            tar.addfile(entry("layer-%d/%d/%d" % (number, i // 100, i), tarfile.REGTYPE, 0o644, size),
                        io.BytesIO(data))


class Layout:
    """An OCI layout of one image; its layers are compressed by whoever copies it."""

    def __init__(self, path):
        self.path = path
        self.blobs = os.path.join(path, "blobs", "sha256")
        os.makedirs(self.blobs)

    def descriptor(self, media_type, digest, size):
        return {"mediaType": MEDIA + media_type, "digest": "sha256:" + digest, "size": size}

    def document(self, media_type, value):
        data = json.dumps(value).encode()
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.blobs, digest), "wb") as out:
            out.write(data)
        return self.descriptor(media_type, digest, len(data))

    def layer(self, tar):
        digest = hashlib.sha256()
        with open(tar, "rb") as data:
            while block := data.read(MEGABYTE):
                digest.update(block)
        size = os.path.getsize(tar)
        os.rename(tar, os.path.join(self.blobs, digest.hexdigest()))
        return self.descriptor("layer.v1.tar", digest.hexdigest(), size)

    def finish(self, layers):
        machine = os.uname().machine
        config = self.document("config.v1+json", {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine),
            "os": "linux", "config": {"Cmd": ["true"], "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}})
        manifest = self.document("manifest.v1+json", {
            "schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json", "config": config,
            "layers": layers})
        with open(os.path.join(self.path, "oci-layout"), "w") as out:
            json.dump({"imageLayoutVersion": "1.0.0"}, out)
        with open(os.path.join(self.path, "index.json"), "w") as out:
            json.dump({"schemaVersion": 2, "manifests": [manifest]}, out)


def small_image(registry, scratch):
    """(reference, the folder with its one layer unpacked)"""
    tar, tree = os.path.join(scratch, "small.tar"), os.path.join(scratch, "tree")
    small_layer(tar)
    with tarfile.open(tar) as layer:
        layer.extractall(tree)
    layout = Layout(os.path.join(scratch, "small"))
    layout.finish([layout.layer(tar)])
    return registry.fill(layout.path, "busybox"), tree


def large_image(registry, scratch, layers=4):
    """A gigabyte in four layers."""
    layout = Layout(os.path.join(scratch, "large"))
    descriptors = []
    for number in range(layers):
        tar = os.path.join(scratch, "large.tar")
        large_layer(tar, number)
        descriptors.append(layout.layer(tar))
    layout.finish(descriptors)
    image = registry.fill(layout.path, "large")
    shutil.rmtree(layout.path)
    return image
