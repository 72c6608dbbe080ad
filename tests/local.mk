# SPDX-License-Identifier: Apache-2.0
#
# All tests. `make check` runs them by tests/run, which counts them; TESTS_SELECT="unit pull"
# picks kinds (check, unit, fuzz, command) or single files.

if UNIT_TESTS
check_PROGRAMS += $(unit_tests)
endif
check_PROGRAMS += $(fuzz_targets)

# Runs inside containers: static, and so without sanitizers.
check_PROGRAMS += tests/programs/tree-list
tests_programs_tree_list_SOURCES = tests/programs/tree-list.c
tests_programs_tree_list_CPPFLAGS = -D_GNU_SOURCE
tests_programs_tree_list_CFLAGS = -std=gnu17 -Wall -Wextra
tests_programs_tree_list_LDFLAGS = -static

check-local: $(check_PROGRAMS)
	$(srcdir)/tests/run '$(abs_top_srcdir)' '$(abs_top_builddir)' '$(MAKE)' '$(bindir)' $(TESTS_SELECT)

# distcheck is about the archive: what is in it, and that it builds from a source tree that is
# read-only. The tests of commands take long and have run already.
AM_DISTCHECK_CONFIGURE_FLAGS = TESTS_SELECT='check unit fuzz'

# Not tests/ as a whole: automake would take what was built there along.
EXTRA_DIST += tests/run tests/checks tests/command tests/data tests/hostile tests/lib \
	tests/fuzz/corpus tests/fuzz/run $(wildcard $(srcdir)/tests/unit/*.h $(srcdir)/tests/tools/*.py)
