#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hostile layers into a directory:

    make-layers.py DIR

refused-NAME.tar* must be turned down, kept-NAME.tar* are odd but must do nothing outside of
the layer. Each goes for the file and the directories that tests put beside the layer: OUTSIDE
is reached by these relative and absolute paths.
"""
import gzip
import os
import struct
import sys

OUTSIDE = "../../outside"
REG, LNK, SYM, CHR, BLK, DIR, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"


def octal(value, size):
    return b"%0*o\0" % (size - 1, value)


def header(name, kind=REG, size=0, mode=0o644, uid=0, gid=0, mtime=0, link="", device=(0, 0),
           raw=None):
    """One block, spelled by hand: tarfile would refuse to write most of these. `raw` replaces
    fields by offset."""
    block = bytearray(512)

    def put(offset, data):
        block[offset:offset + len(data)] = data

    put(0, os.fsencode(name)[:100])
    put(100, octal(mode, 8))
    put(108, octal(uid, 8))
    put(116, octal(gid, 8))
    put(124, octal(size, 12))
    put(136, octal(mtime, 12))
    put(148, b" " * 8)
    put(156, kind)
    put(157, os.fsencode(link)[:100])
    put(257, b"ustar\x0000")
    put(329, octal(device[0], 8))
    put(337, octal(device[1], 8))
    for offset, data in (raw or {}).items():
        put(offset, data)
    put(148, b"%06o\0 " % sum(block))
    return bytes(block)


def pad(data):
    return data + b"\0" * (-len(data) % 512)


def entry(name, data=b"", **more):
    return header(name, size=len(data), **more) + pad(data)


def pax(records, kind=b"x"):
    body = b"".join(record(key, value) for key, value in records)
    return header("pax", kind=kind, size=len(body)) + pad(body)


def record(key, value):
    text = b" " + key + b"=" + value + b"\n"
    length = len(text)
    while len(b"%d" % length) + len(text) != length:
        length = len(b"%d" % length) + len(text)
    return b"%d" % length + text


def raw_pax(body):
    return header("pax", kind=b"x", size=len(body)) + pad(body)


def long_name(name, kind=b"L"):
    return header("././@LongLink", kind=kind, size=len(name)) + pad(name)


END = b"\0" * 1024
HARMLESS = entry("harmless", b"harmless\n")


def refused():
    yield "dotdot", entry(OUTSIDE, b"x")
    yield "dotdot-inside", entry("a/../b", b"x")
    yield "dotdot-last", header("a/..", kind=DIR)
    yield "dotdot-only", header("..", kind=DIR, mode=0o777)
    yield "dotdot-pax", pax([(b"path", b"../../outside")]) + entry("x", b"x")
    yield "dotdot-long", long_name(b"a/" * 60 + b"../x\0") + entry("x", b"x")
    yield "dotdot-prefix", header("x", raw={345: b".."})
    yield "dotdot-sparse", pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
                                (b"GNU.sparse.name", b"../../outside"),
                                (b"GNU.sparse.realsize", b"0")]) + \
        entry("x", b"0\n" + b"\0" * 510)
    yield "absolute", entry("/tmp/proa-hostile", b"x")
    yield "absolute-long", long_name(b"/" * 200 + b"tmp/x\0") + entry("x", b"x")
    yield "through-link", header("up", kind=SYM, link="../..") + entry("up/outside", b"x")
    yield "through-absolute-link", header("up", kind=SYM, link="/tmp") + entry("up/x", b"x")
    yield "through-link-inside", header("d", kind=DIR) + header("l", kind=SYM, link="d") + \
        entry("l/x", b"x")
    yield "directory-through-link", header("up", kind=SYM, link="../..") + \
        header("up/new", kind=DIR, mode=0o777)
    yield "whiteout-through-link", header("up", kind=SYM, link="../..") + header("up/.wh.outside")
    yield "opaque-through-link", header("up", kind=SYM, link="../..") + \
        header("up/.wh..wh..opq")
    yield "below-file", entry("file", b"x") + entry("file/x", b"x")
    yield "below-fifo", header("fifo", kind=FIFO) + entry("fifo/x", b"x")
    yield "root-is-link", header(".", kind=SYM, link="/tmp")
    yield "root-is-link-slash", header("./", kind=SYM, link="..") + entry("./outside", b"x")
    yield "root-is-file", entry("./.", b"x")
    yield "root-is-hardlink", entry("x", b"x") + header(".", kind=LNK, link="x")
    yield "hardlink-dotdot", header("x", kind=LNK, link=OUTSIDE)
    yield "hardlink-absolute", header("x", kind=LNK, link="/etc/passwd")
    yield "hardlink-missing", header("x", kind=LNK, link="nothing")
    yield "hardlink-itself", header("x", kind=LNK, link="x")
    yield "hardlink-directory", header("d", kind=DIR) + header("x", kind=LNK, link="d")
    yield "hardlink-root", header("x", kind=LNK, link=".")
    yield "hardlink-link-parent", header("up", kind=SYM, link="../..") + \
        header("x", kind=LNK, link="up/outside")
    yield "hardlink-whiteout", header(".wh.a") + header("x", kind=LNK, link="a")
    yield "hardlink-empty", header("x", kind=LNK)
    yield "link-empty", header("x", kind=SYM)
    yield "device-whiteout", header("x", kind=CHR, device=(0, 0))
    yield "device-large", header("x", kind=CHR, raw={329: b"\x80\0\0\0\x01\0\0\0"})
    yield "device-cut", header("x", kind=CHR, raw={329: b"\x80\0\0\0\0\0\x10\x01"})
    yield "whiteout-dotdot", header(".wh...")
    yield "whiteout-dot", header(".wh..")
    yield "whiteout-empty", header(".wh.")
    yield "whiteout-dotdot-below", header("d", kind=DIR) + header("d/.wh...")
    yield "whiteout-parent", header(".wh.d", kind=DIR) + entry(".wh.d/x", b"x")
    for name in (b"trusted.overlay.opaque", b"trusted.overlay.redirect", b"user.overlay.opaque",
                 b"trusted.overlay.metacopy", b"user.overlay.redirect"):
        yield "xattr-" + name.decode(), pax([(b"SCHILY.xattr." + name, b"y")]) + \
            header("d", kind=DIR)
    yield "xattr-overlay-encoded", pax([(b"LIBARCHIVE.xattr.trusted%2eoverlay.opaque", b"eQ")]) + \
        header("d", kind=DIR)
    yield "xattr-empty-name", pax([(b"SCHILY.xattr.", b"y")]) + header("d", kind=DIR)
    yield "xattr-long-name", pax([(b"SCHILY.xattr.user." + b"n" * 300, b"y")]) + HARMLESS
    yield "xattr-large", pax([(b"SCHILY.xattr.user.x", b"v" * 70000)]) + HARMLESS
    yield "xattr-many", pax([(b"SCHILY.xattr.user.%d" % i, b"v") for i in range(200)]) + HARMLESS
    yield "xattr-not-base64", pax([(b"LIBARCHIVE.xattr.user.x", b"\x01\x02")]) + HARMLESS
    yield from refused_numbers()
    yield from refused_pax()
    yield from refused_sparse()
    yield "name-empty", header("")
    yield "name-component", long_name(b"n" * 256 + b"\0") + HARMLESS
    yield "name-huge", long_name(b"n/" * 4096 + b"\0") + HARMLESS
    yield "name-deep", long_name(b"n/" * 600 + b"x\0") + HARMLESS
    yield "type-unknown", header("x", kind=b"V") + HARMLESS
    yield "zero-block-inside", HARMLESS + b"\0" * 512 + HARMLESS
    yield "checksum", bytes(bytearray(header("x"))[:10]) + b"y" + header("x")[11:]
    yield "truncated-content", header("x", size=4096) + b"x" * 100
    yield "truncated-header", HARMLESS + header("x")[:100]
    yield "truncated-pax", header("pax", kind=b"x", size=1000) + b"\0" * 512
    yield "meta-chain", pax([(b"comment", b"x")]) * 100 + HARMLESS


def refused_numbers():
    yield "size-negative", header("x", raw={124: b"\xff" * 12})
    yield "size-negative-one", header("x", raw={124: b"\xff" * 11 + b"\xff"})
    yield "size-huge", header("x", raw={124: b"\x80\0\0\0\x7f" + b"\xff" * 7})
    yield "size-overflow", header("x", raw={124: b"\x80" + b"\xff" * 11})
    yield "size-not-octal", header("x", raw={124: b"0000000008x\0"})
    yield "uid-negative", header("x", raw={108: b"\xff" * 8})
    yield "uid-minus-one", header("x", raw={108: b"\x80\0\0\0\xff\xff\xff\xff"})
    yield "uid-large", header("x", raw={116: b"\x80\0\0\x01\0\0\0\0"})


def refused_pax():
    yield "pax-size-negative", pax([(b"size", b"-1")]) + HARMLESS
    yield "pax-size-overflow", pax([(b"size", b"99999999999999999999")]) + HARMLESS
    yield "pax-size-hex", pax([(b"size", b"0x10")]) + HARMLESS
    yield "pax-size-plus", pax([(b"size", b"+1")]) + HARMLESS
    yield "pax-uid-large", pax([(b"uid", b"4294967295")]) + HARMLESS
    yield "pax-uid-words", pax([(b"uid", b"root")]) + HARMLESS
    yield "pax-mtime-words", pax([(b"mtime", b"1.2.3")]) + HARMLESS
    yield "pax-length-zero", raw_pax(b"0 a=b\n") + HARMLESS
    yield "pax-length-short", raw_pax(b"3 a=b\n") + HARMLESS
    yield "pax-length-long", raw_pax(b"9999 a=b\n") + HARMLESS
    yield "pax-length-huge", raw_pax(b"18446744073709551617 a=b\n") + HARMLESS
    yield "pax-length-negative", raw_pax(b"-6 a=b\n") + HARMLESS
    yield "pax-no-equals", raw_pax(b"6 abc\n") + HARMLESS
    yield "pax-no-key", raw_pax(b"5 =b\n") + HARMLESS
    yield "pax-no-newline", raw_pax(b"6 a=bc") + HARMLESS
    yield "pax-no-blank", raw_pax(b"6") + HARMLESS
    yield "pax-nul-in-name", pax([(b"path", b"a\0b")]) + HARMLESS
    yield "pax-nul-in-key", pax([(b"pa\0th", b"a")]) + HARMLESS
    yield "pax-large", raw_pax(record(b"comment", b"x" * (2 << 20))) + HARMLESS
    yield "pax-global-broken", header("g", kind=b"g", size=3) + pad(b"abc") + HARMLESS


def old_sparse(pairs, size, data=b"", more=b"\0"):
    body = b"".join(octal(offset, 12) + octal(length, 12) for offset, length in pairs)
    raw = {257: b"ustar  \0", 329: b"\0" * 16, 386: body, 482: more, 483: octal(size, 12)}
    return header("x", kind=b"S", size=len(data), raw=raw)


def sparse_pax(version, size, extra=()):
    major, minor = version
    return pax([(b"GNU.sparse.major", b"%d" % major), (b"GNU.sparse.minor", b"%d" % minor),
                (b"GNU.sparse.name", b"x"), (b"GNU.sparse.realsize", b"%d" % size), *extra])


def refused_sparse():
    yield "sparse-overlap", old_sparse([(0, 512), (256, 512)], 4096, b"x" * 1024) + b"x" * 1024
    yield "sparse-beyond", old_sparse([(4096, 512)], 512, b"x" * 512) + b"x" * 512
    yield "sparse-short", old_sparse([(0, 512)], 512, b"") + b""
    yield "sparse-extra", old_sparse([(0, 512)], 512, b"x" * 1024) + b"x" * 1024
    yield "sparse-no-extension", old_sparse([(0, 0)], 512, more=b"\1")
    yield "sparse-wrap", pax([(b"GNU.sparse.map", b"9223372036854775807,9223372036854775807"),
                              (b"GNU.sparse.size", b"512")]) + HARMLESS
    yield "sparse-odd", pax([(b"GNU.sparse.map", b"0"), (b"GNU.sparse.size", b"512")]) + HARMLESS
    yield "sparse-unpaired", pax([(b"GNU.sparse.offset", b"0"), (b"GNU.sparse.offset", b"0"),
                                  (b"GNU.sparse.size", b"512")]) + HARMLESS
    yield "sparse-version", sparse_pax((2, 0), 512) + HARMLESS
    yield "sparse-map-count", sparse_pax((1, 0), 512) + entry("x", b"99999999\n".ljust(512, b"\0"))
    yield "sparse-map-long", sparse_pax((1, 0), 512) + entry("x", b"1" * 512)
    yield "sparse-map-cut", sparse_pax((1, 0), 512) + entry("x", (b"9\n" + b"0\n" * 3))
    yield "sparse-size-missing", pax([(b"GNU.sparse.map", b"0,9")]) + HARMLESS
    yield "sparse-no-gnu", header("x", kind=b"S")
    yield "sparse-huge", sparse_pax((1, 0), 1 << 62) + entry("x", b"0\n".ljust(512, b"\0"))


def kept():
    """What is odd, and may not do harm."""
    yield "mode-only-over-link", header("l", kind=SYM, link=OUTSIDE) + entry("l", mode=0o777)
    yield "file-over-link", header("l", kind=SYM, link=OUTSIDE) + entry("l", b"new\n")
    yield "directory-over-link", header("l", kind=SYM, link="../..") + \
        header("l", kind=DIR, mode=0o777) + entry("l/outside", b"new\n")
    yield "hardlink-of-link", header("l", kind=SYM, link=OUTSIDE) + \
        header("h", kind=LNK, link="l") + entry("h", b"new\n", mode=0o666)
    yield "link-over-directory", header("d", kind=DIR) + entry("d/outside", b"x") + \
        header("d", kind=SYM, link="../..")
    yield "deferred-through-link", header("d/sub", kind=DIR, mode=0o777) + \
        header("d", kind=SYM, link="../..")
    yield "link-then-directory-entry", header("l", kind=SYM, link=OUTSIDE + "-dir") + \
        header("l", kind=DIR, mode=0o777, mtime=1)
    yield "whiteout-of-outside", header("d", kind=DIR) + header("d/.wh.outside")
    yield "aufs", header(".wh..wh.plnk", kind=DIR) + entry(".wh..wh.plnk/1.2", b"x") + \
        header(".wh..wh.aufs")
    yield "whiteout-with-content", entry(".wh.a", b"content of a whiteout\n") + HARMLESS
    yield "replaced-links", entry("a", b"x" * 100) + \
        b"".join(header("b", kind=LNK, link="a") + entry("b", b"y" * 10) for _ in range(4))
    yield "same-hardlink-twice", entry("a", b"x") + header("b", kind=LNK, link="a") * 3
    yield "names", entry("\x1b[31mred\n\r\x07", b"x") + entry("a\\b", b"x") + entry("-rf", b"x") + \
        entry("~", b"x") + entry("$(id)", b"x")
    yield "global-pax", pax([(b"path", b"../../outside"), (b"size", b"5")], kind=b"g") + HARMLESS
    yield "no-end", HARMLESS
    yield "empty", b""
    yield "trailing", HARMLESS + END + b"trailing bytes that belong to no entry" * 100


def bombs():
    """Small in, large out: refused by ratio, or by a size that no disk has."""
    yield "refused-bomb.tar.zst", zstd_zeros(64)
    yield "refused-window.tar.zst", b"\x28\xb5\x2f\xfd" + b"\x00" + b"\xa8" + b"\0" * 32


def zstd_zeros(gigabytes):
    """A frame of RLE blocks by hand (RFC 8878, 3.1.1.2.2): 4 bytes for each 128 KiB."""
    first = header("zeros", size=min(8 << 30, gigabytes << 30) - 1)
    frame = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x58"  # window of 2 MiB
    frame += struct.pack("<I", len(first) << 3)[:3] + first
    block = struct.pack("<I", (128 << 10) << 3 | 1 << 1)[:3] + b"\0"
    return frame + block * (gigabytes << 13)


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)

    def write(name, data):
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)

    for name, data in refused():
        cut = name.startswith("truncated") or name == "zero-block-inside"
        write("refused-%s.tar" % name, data if cut else data + HARMLESS + END)
    for name, data in kept():
        whole = name in ("no-end", "empty", "trailing")
        write("kept-%s.tar" % name, data if whole else data + END)
    for name, data in bombs():
        write(name, data)
    harmless = gzip.compress(HARMLESS + END, mtime=0)
    write("refused-cut.tar.gz", harmless[:-9])
    write("refused-crc.tar.gz", harmless[:-8] + bytes(b ^ 1 for b in harmless[-8:-4]) + harmless[-4:])
    write("refused-length.tar.gz", harmless[:-4] + b"\1\0\0\0")
    write("refused-behind.tar.gz", harmless + b"garbage behind the stream")
    write("kept-members.tar.gz", gzip.compress(HARMLESS[:600], mtime=0) +
          gzip.compress(b"", mtime=0) + gzip.compress(HARMLESS[600:] + END, mtime=0))


if __name__ == "__main__":
    main()
