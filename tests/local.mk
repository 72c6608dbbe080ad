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

# Under distcheck the source tree is read-only and the tests of commands have run already.
AM_DISTCHECK_CONFIGURE_FLAGS =
DISTCHECK_SELECT = check unit fuzz

EXTRA_DIST += tests
