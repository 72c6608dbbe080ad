# SPDX-License-Identifier: Apache-2.0
#
# The ground floor. SHA-256 is a library of its own, so that what links libbase.a
# does not load libcrypto.

noinst_LIBRARIES += base/libbase.a base/libsha256.a

base_libbase_a_SOURCES = \
	base/alloc.c base/alloc.h \
	base/auto.c base/auto.h \
	base/buffer.c base/buffer.h \
	base/clock.c base/clock.h \
	base/dir.c \
	base/duration.c \
	base/error.c base/error.h \
	base/event.c base/event.h \
	base/fd.c base/fd.h \
	base/fd-copy.c \
	base/fd-pass.c \
	base/file.c base/file.h \
	base/json.c base/json.h \
	base/lock.c base/lock.h \
	base/lock-holder.c \
	base/module.c base/module.h \
	base/number.c \
	base/path.c base/path.h \
	base/process.c base/process.h \
	base/process-identity.c \
	base/random.c base/random.h \
	base/remove.c \
	base/rooted.c base/rooted.h \
	base/spawn.c \
	base/strings.c base/strings.h \
	base/syscalls.c base/syscalls.h \
	base/toml.c base/toml.h \
	base/toml-reader.h base/toml-value.c \
	base/units.c base/units.h \
	base/utf8.c \
	base/banned.h

base_libsha256_a_SOURCES = base/sha256.c base/sha256.h

unit_tests += \
	tests/unit/buffer \
	tests/unit/clock \
	tests/unit/error \
	tests/unit/event \
	tests/unit/fd \
	tests/unit/file \
	tests/unit/json \
	tests/unit/lock \
	tests/unit/module \
	tests/unit/process \
	tests/unit/rooted \
	tests/unit/sha256 \
	tests/unit/strings \
	tests/unit/toml \
	tests/unit/units

base_test_libs = base/libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

tests_unit_buffer_SOURCES = tests/unit/buffer.c
tests_unit_buffer_LDADD = $(base_test_libs)
tests_unit_clock_SOURCES = tests/unit/clock.c
tests_unit_clock_LDADD = $(base_test_libs)
tests_unit_error_SOURCES = tests/unit/error.c
tests_unit_error_LDADD = $(base_test_libs)
tests_unit_event_SOURCES = tests/unit/event.c
tests_unit_event_LDADD = $(base_test_libs)
tests_unit_fd_SOURCES = tests/unit/fd.c
tests_unit_fd_LDADD = $(base_test_libs)
tests_unit_file_SOURCES = tests/unit/file.c tests/unit/scratch.h
tests_unit_file_LDADD = $(base_test_libs)
tests_unit_json_SOURCES = tests/unit/json.c
tests_unit_json_LDADD = $(base_test_libs)
tests_unit_lock_SOURCES = tests/unit/lock.c tests/unit/scratch.h
tests_unit_lock_LDADD = $(base_test_libs)
tests_unit_module_SOURCES = tests/unit/module.c
tests_unit_module_LDADD = $(base_test_libs)
tests_unit_process_SOURCES = tests/unit/process.c
tests_unit_process_LDADD = $(base_test_libs)
tests_unit_rooted_SOURCES = tests/unit/rooted.c tests/unit/scratch.h
tests_unit_rooted_LDADD = $(base_test_libs)
tests_unit_sha256_SOURCES = tests/unit/sha256.c
tests_unit_sha256_LDADD = base/libsha256.a $(base_test_libs) $(CRYPTO_LIBS)
tests_unit_strings_SOURCES = tests/unit/strings.c
tests_unit_strings_LDADD = $(base_test_libs)
tests_unit_toml_SOURCES = tests/unit/toml.c
tests_unit_toml_LDADD = $(base_test_libs)
tests_unit_units_SOURCES = tests/unit/units.c
tests_unit_units_LDADD = $(base_test_libs)

fuzz_targets += tests/fuzz/toml
tests_fuzz_toml_SOURCES = tests/fuzz/toml.c tests/fuzz/main.c tests/fuzz/fuzz.h
tests_fuzz_toml_LDADD = base/libbase.a $(JANSSON_LIBS)
