# SPDX-License-Identifier: Apache-2.0
#
# What `./dev bench` needs beside proa itself.

check_PROGRAMS += bench/floor
bench_floor_SOURCES = bench/floor.c
bench_floor_LDADD = base/libbase.a

EXTRA_DIST += bench/run $(wildcard $(srcdir)/bench/*.py)
