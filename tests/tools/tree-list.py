#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists a tree so that two of them can be compared by diff, one line a file:

    PATH type mode uid:gid size mtime.ns links rdev target sha256 xattrs

Directories have no size and no link count (file systems differ in these). The
tree stays on its file system: what is mounted below is listed, not entered.

    tree-list.py DIR [--ignore-xattr PREFIX]... [--no-mtime] [--no-owner] [--exclude PATH]...
"""
import argparse
import hashlib
import os
import stat
import sys

TYPES = {
    stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character", stat.S_IFBLK: "block", stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


def quote(raw):
    """Bytes as one printable word."""
    return "".join(chr(b) if 33 <= b <= 126 and b != 92 else "\\%03o" % b for b in raw)


def digest(path):
    sha256 = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
    return sha256.hexdigest()


def xattrs(path, ignored):
    words = []
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return words
    for name in sorted(names):
        if any(name.startswith(prefix) for prefix in ignored):
            continue
        value = os.getxattr(path, name, follow_symlinks=False)
        words.append("%s=%s" % (quote(os.fsencode(name)), value.hex()))
    return words


def describe(path, shown, info, options):
    kind = stat.S_IFMT(info.st_mode)
    regular = kind == stat.S_IFREG
    link = kind == stat.S_IFLNK
    device = kind in (stat.S_IFCHR, stat.S_IFBLK)
    words = [
        quote(shown),
        TYPES.get(kind, "?"),
        "%04o" % stat.S_IMODE(info.st_mode),
        "-" if options.no_owner else "%d:%d" % (info.st_uid, info.st_gid),
        str(info.st_size) if regular or link else "-",
        "-" if options.no_mtime else "%d.%09d" % divmod(info.st_mtime_ns, 10**9),
        "-" if kind == stat.S_IFDIR else str(info.st_nlink),
        "%d:%d" % (os.major(info.st_rdev), os.minor(info.st_rdev)) if device else "-",
        quote(os.readlink(path)) if link else "-",
        digest(path) if regular else "-",
    ]
    return " ".join(words + xattrs(path, options.ignore_xattr))


def walk(path, shown, device, options):
    info = os.lstat(path)
    print(describe(path, shown, info, options))
    if not stat.S_ISDIR(info.st_mode) or info.st_dev != device:
        return
    for name in sorted(os.listdir(path)):
        below = shown + b"/" + name
        if below[2:] not in options.exclude:
            walk(path + b"/" + name, below, device, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir")
    parser.add_argument("--ignore-xattr", action="append", default=[], metavar="PREFIX")
    parser.add_argument("--no-mtime", action="store_true")
    parser.add_argument("--no-owner", action="store_true")
    parser.add_argument("--exclude", action="append", default=[], metavar="PATH")
    options = parser.parse_args()
    options.exclude = {os.fsencode(path) for path in options.exclude}
    sys.setrecursionlimit(10000)
    sys.stdout.reconfigure(errors="surrogateescape")
    root = os.fsencode(options.dir)
    walk(root, b".", os.lstat(root).st_dev, options)


if __name__ == "__main__":
    main()
