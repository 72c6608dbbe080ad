#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a layer with every kind of entry that an honest one may have, as a plain tar, to stdout.

    every-kind.py [--no-devices] [--no-capabilities] [--lower]

--lower writes the layer that the whiteouts of the other one speak of.
"""
import argparse
import io
import sys
import tarfile

MTIME = 1700000000.123456789
CAP_NET_RAW = "\1\0\0\2\0\x20\0\0" + "\0" * 12  # version 2, permitted, effective


class Layer:
    def __init__(self, stream):
        self.tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT,
                                errors="surrogateescape")

    def add(self, name, kind, mode=0o644, owner=(0, 0), data=b"", mtime=MTIME, link="",
            xattrs=None, device=(0, 0)):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.linkname = kind, mode, link
        info.uid, info.gid = owner
        info.size = len(data)
        info.devmajor, info.devminor = device
        info.mtime = mtime
        info.pax_headers = {"SCHILY.xattr." + key: value for key, value in (xattrs or {}).items()}
        # A float would lose the last digits.
        info.pax_headers["mtime"] = "%.9f" % mtime if mtime != MTIME else "1700000000.123456789"
        self.tar.addfile(info, io.BytesIO(data) if data else None)

    def directory(self, name, mode=0o755, **more):
        self.add(name, tarfile.DIRTYPE, mode, **more)

    def file(self, name, data=b"", mode=0o644, **more):
        self.add(name, tarfile.REGTYPE, mode, data=data, **more)

    def link(self, name, target, **more):
        self.add(name, tarfile.SYMTYPE, 0o777, link=target, **more)

    def hardlink(self, name, target, **more):
        self.add(name, tarfile.LNKTYPE, link=target, **more)


def lower(layer):
    layer.directory("hidden")
    layer.file("hidden/below", b"below\n")
    layer.file("gone", b"gone\n")
    layer.directory("turned")
    layer.file("turned/old", b"old\n")
    layer.directory("opaque")
    layer.file("opaque/old", b"old\n")
    layer.directory("kept")
    layer.file("kept/old", b"old\n")


def upper(layer, options):
    layer.directory(".", 0o755)
    layer.directory("dir", 0o750, owner=(1, 2))
    layer.directory("dir/sticky", 0o1777)
    layer.directory("dir/setgid", 0o2775, owner=(0, 50))
    layer.directory("dir/closed", 0o000)
    layer.file("dir/closed/inside", b"inside\n")
    layer.directory("dir/attributes", xattrs={"user.dir": "directory"})
    layer.file("file", b"content\n", owner=(1000, 1000))
    layer.file("empty")
    layer.file("large", bytes(range(256)) * 4096)
    layer.file("setuid", b"#!/bin/sh\n", 0o4755)
    layer.file("setuid-other", b"#!/bin/sh\n", 0o6755, owner=(33, 33))
    layer.file("unreadable", b"secret\n", 0o000)
    layer.file("attributes", b"x\n", xattrs={"user.one": "1", "user.long": "v" * 2000})
    if not options.no_capabilities:
        layer.file("capability", b"x\n", 0o755, xattrs={"security.capability": CAP_NET_RAW})
    layer.file("before-1970", b"old\n", mtime=-5.5)
    layer.file("name with \n newline and \303\244", b"x\n")
    layer.file("l" * 255, b"long\n")
    for depth in range(1, 13):
        layer.directory("/".join(["deep" * 20] * depth))
    layer.file("/".join(["deep" * 20] * 12) + "/leaf", b"leaf\n")
    layer.link("link", "file", owner=(5, 6))
    layer.link("dangling", "/nowhere/at/all")
    layer.link("long-link", "t" * 300)
    layer.hardlink("hard", "file")
    layer.hardlink("dir/hard", "file")
    layer.hardlink("hard-to-link", "link")
    layer.add("fifo", tarfile.FIFOTYPE, 0o640, (7, 8))
    if not options.no_devices:
        layer.add("null", tarfile.CHRTYPE, 0o666, device=(1, 3))
        layer.add("block", tarfile.BLKTYPE, 0o660, (0, 6), device=(7, 300))
    layer.file("twice", b"first\n")
    layer.file("twice", b"second one\n", 0o600)
    layer.file("file-then-dir", b"x\n")
    layer.directory("file-then-dir", 0o700)
    layer.file("file-then-dir/inside", b"y\n")
    layer.directory("dir-twice", 0o700)
    layer.file("dir-twice/stays", b"z\n")
    layer.directory("dir-twice", 0o711, owner=(9, 9))
    layer.file(".wh.gone")
    layer.directory("opaque")
    layer.file("opaque/.wh..wh..opq")
    layer.file("opaque/new", b"new\n")
    layer.file(".wh.turned")
    layer.directory("turned", 0o755)
    layer.file("turned/new", b"new\n")
    layer.directory("kept")
    layer.file("kept/new", b"new\n")
    layer.file(".wh.hidden")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-devices", action="store_true")
    parser.add_argument("--no-capabilities", action="store_true")
    parser.add_argument("--lower", action="store_true")
    options = parser.parse_args()
    layer = Layer(sys.stdout.buffer)
    if options.lower:
        lower(layer)
    else:
        upper(layer, options)
    layer.tar.close()


if __name__ == "__main__":
    main()
