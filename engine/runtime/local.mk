# SPDX-License-Identifier: Apache-2.0
#
# The numbers of system calls come from libseccomp's tables while building; nothing links it at run time.

noinst_LIBRARIES += engine/runtime/libruntime.a
noinst_PROGRAMS += engine/runtime/gen-syscalls

engine_runtime_libruntime_a_SOURCES = \
	engine/runtime/arguments.c engine/runtime/arguments.h \
	engine/runtime/capabilities.c \
	engine/runtime/cgroup.c engine/runtime/cgroup.h \
	engine/runtime/confine.c \
	engine/runtime/container-user.c engine/runtime/container-user.h \
	engine/runtime/devices.c \
	engine/runtime/enter.c \
	engine/runtime/environment.c engine/runtime/environment.h \
	engine/runtime/execute.c \
	engine/runtime/filesystem.c engine/runtime/filesystem.h \
	engine/runtime/init.c engine/runtime/init.h \
	engine/runtime/launch.c engine/runtime/launch.h \
	engine/runtime/masks.c \
	engine/runtime/mounts.c engine/runtime/mounts.h \
	engine/runtime/namespaces.c engine/runtime/namespaces.h \
	engine/runtime/overlay.c engine/runtime/overlay.h \
	engine/runtime/program.c engine/runtime/program.h \
	engine/runtime/report.c engine/runtime/report.h \
	engine/runtime/rootfs.c engine/runtime/rootfs.h \
	engine/runtime/seccomp.c engine/runtime/seccomp.h \
	engine/runtime/seccomp-compose.c engine/runtime/seccomp-compose.h \
	engine/runtime/seccomp-profile.c \
	engine/runtime/seccomp-table.c engine/runtime/seccomp-table.h \
	engine/runtime/self.c engine/runtime/self.h \
	engine/runtime/single-id.c engine/runtime/single-id.h \
	engine/runtime/setup.c engine/runtime/setup.h \
	engine/runtime/spec.c engine/runtime/spec.h \
	engine/runtime/sysctl.c \
	engine/runtime/terminal.c engine/runtime/terminal.h
nodist_engine_runtime_libruntime_a_SOURCES = engine/runtime/syscall-numbers.h

engine_runtime_gen_syscalls_SOURCES = engine/runtime/gen-syscalls.c
engine_runtime_gen_syscalls_LDADD = $(SECCOMP_LIBS)

# Not in BUILT_SOURCES: those would be made before every target, and this one needs a program.
CLEANFILES += engine/runtime/syscall-numbers.h
engine/runtime/syscall-numbers.h: engine/runtime/gen-syscalls$(EXEEXT)
	$(AM_V_GEN)engine/runtime/gen-syscalls$(EXEEXT) >$@.tmp && mv $@.tmp $@
engine/runtime/seccomp-compose.$(OBJEXT): engine/runtime/syscall-numbers.h

# Static, so that it runs in an empty root, and so without sanitizers.
check_PROGRAMS += tests/programs/readback
tests_programs_readback_SOURCES = tests/programs/readback.c
tests_programs_readback_CFLAGS = -std=gnu17 -Wall -Wextra
tests_programs_readback_LDFLAGS = -static

unit_tests += \
	tests/unit/capabilities \
	tests/unit/container-user \
	tests/unit/enter \
	tests/unit/launch \
	tests/unit/seccomp \
	tests/unit/self

runtime_test_libs = engine/runtime/libruntime.a rootless/librootless.a base/libbase.a \
	$(JANSSON_LIBS) $(CMOCKA_LIBS)
container_test_headers = tests/unit/container.h tests/unit/container-checks.h tests/unit/scratch.h

tests_unit_capabilities_SOURCES = tests/unit/capabilities.c
tests_unit_capabilities_LDADD = $(runtime_test_libs)
tests_unit_container_user_SOURCES = tests/unit/container-user.c tests/unit/scratch.h
tests_unit_container_user_LDADD = $(runtime_test_libs)
tests_unit_enter_SOURCES = tests/unit/enter.c $(container_test_headers)
tests_unit_enter_LDADD = $(runtime_test_libs)
tests_unit_enter_DEPENDENCIES = $(runtime_test_libs) tests/programs/readback$(EXEEXT)
tests_unit_launch_SOURCES = tests/unit/launch.c tests/unit/ordinary.h $(container_test_headers)
tests_unit_launch_LDADD = $(runtime_test_libs)
tests_unit_launch_DEPENDENCIES = $(runtime_test_libs) tests/programs/readback$(EXEEXT)
tests_unit_seccomp_SOURCES = tests/unit/seccomp.c tests/unit/scratch.h
tests_unit_seccomp_LDADD = $(runtime_test_libs) $(SECCOMP_LIBS)
tests_unit_self_SOURCES = tests/unit/self.c tests/unit/ordinary.h tests/unit/scratch.h
tests_unit_self_LDADD = $(runtime_test_libs)
