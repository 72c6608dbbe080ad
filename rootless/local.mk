# SPDX-License-Identifier: Apache-2.0

noinst_LIBRARIES += rootless/librootless.a

rootless_librootless_a_SOURCES = \
	rootless/fuse-overlayfs.c rootless/fuse-overlayfs.h \
	rootless/helper.c rootless/helper.h \
	rootless/idmap.c rootless/idmap.h \
	rootless/netns.c rootless/netns.h \
	rootless/routes.c rootless/routes.h \
	rootless/subids.c rootless/subids.h \
	rootless/uplink.c rootless/uplink.h \
	rootless/uplink-kinds.h \
	rootless/uplink-pasta.c \
	rootless/uplink-slirp4netns.c \
	rootless/user.c rootless/user.h \
	rootless/userns.c rootless/userns.h \
	rootless/userns-create.c rootless/userns-create.h \
	rootless/userns-notes.c rootless/userns-notes.h \
	rootless/userns-refusal.c rootless/userns-refusal.h

unit_tests += \
	tests/unit/idmap \
	tests/unit/routes \
	tests/unit/user \
	tests/unit/userns

rootless_test_libs = rootless/librootless.a base/libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

tests_unit_idmap_SOURCES = tests/unit/idmap.c
tests_unit_idmap_LDADD = $(rootless_test_libs)
tests_unit_routes_SOURCES = tests/unit/routes.c
tests_unit_routes_LDADD = $(rootless_test_libs)
tests_unit_user_SOURCES = tests/unit/user.c tests/unit/scratch.h
tests_unit_user_LDADD = $(rootless_test_libs)
tests_unit_userns_SOURCES = tests/unit/userns.c tests/unit/ordinary.h tests/unit/scratch.h
tests_unit_userns_LDADD = $(rootless_test_libs)
