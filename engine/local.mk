# SPDX-License-Identifier: Apache-2.0
#
# Containers. Launching (runtime/) and networks (network/) are libraries of their own, below this one.

noinst_LIBRARIES += engine/libengine.a

engine_libengine_a_SOURCES = \
	engine/changes.c engine/changes.h \
	engine/commit.c engine/commit.h \
	engine/config-complete.c \
	engine/container.c engine/container.h \
	engine/container-config.c engine/container-config.h \
	engine/container-config-parts.c \
	engine/container-list.c \
	engine/container-state.c \
	engine/copy.c engine/copy.h \
	engine/copy-place.c engine/copy-place.h \
	engine/engine.c engine/engine.h \
	engine/events.c engine/events.h engine/events-log.h \
	engine/events-read.c \
	engine/exec.c \
	engine/export.c engine/export.h \
	engine/import.c engine/import.h \
	engine/exec.h \
	engine/health.c engine/health.h \
	engine/health-probe.c \
	engine/image-mount.c engine/image-mount.h \
	engine/inspect.c engine/inspect.h engine/inspect-parts.h \
	engine/inspect-config.c \
	engine/inspect-image.c \
	engine/layer-trees.c engine/layer-trees.h \
	engine/lifecycle.c engine/lifecycle.h \
	engine/log-driver.h \
	engine/log-driver-file.c \
	engine/log-driver-journal.c \
	engine/log-escape.c engine/log-escape.h \
	engine/log-file.h engine/logs.h engine/log-gzip.h \
	engine/log-options.c \
	engine/log-reader.c \
	engine/log-record.c engine/log-record.h \
	engine/log-writer.c \
	engine/names.c engine/names.h \
	engine/shared-stores.c engine/shared-stores.h \
	engine/pause.c engine/pause.h \
	engine/processes.c engine/processes.h \
	engine/rename.c engine/rename.h \
	engine/signal.c \
	engine/spec-build.c engine/spec-build.h engine/spec-internal.h \
	engine/spec-defaults.c \
	engine/spec-mounts.c \
	engine/spec-namespaces.c engine/spec-namespaces.h \
	engine/spec-volumes.c \
	engine/stats.c engine/stats.h \
	engine/tree-copy.c engine/tree-copy.h \
	engine/tree-pack.c engine/tree-pack.h \
	engine/tree-unpack.h engine/tree-unpack-load.c \
	engine/update.c engine/update.h \
	engine/upper.c engine/upper.h \
	engine/volume-folders.c engine/volume-folders.h \
	engine/volume-list.c engine/volume-list.h \
	engine/volume-options.c \
	engine/volumes.c engine/volumes.h \
	engine/wait.c \
	engine/supervisor/attach.h \
	engine/supervisor/attach-client.c \
	engine/supervisor/attach-protocol.c engine/supervisor/attach-protocol.h \
	engine/supervisor/attach-server.c engine/supervisor/attach-server.h \
	engine/supervisor/detach.c engine/supervisor/detach.h \
	engine/supervisor/detach-keys.c engine/supervisor/detach-keys.h \
	engine/supervisor/health.c engine/supervisor/health.h \
	engine/supervisor/notify.c engine/supervisor/notify.h \
	engine/supervisor/pump.c engine/supervisor/pump.h \
	engine/supervisor/restart.c engine/supervisor/restart.h \
	engine/supervisor/shrink.c engine/supervisor/shrink.h \
	engine/supervisor/start-report.c engine/supervisor/start-report.h \
	engine/supervisor/supervisor.c engine/supervisor/supervisor.h \
	engine/supervisor/supervisor-internal.h \
	engine/supervisor/supervisor-io.c engine/supervisor/supervisor-io.h \
	engine/supervisor/supervisor-events.c \
	engine/supervisor/supervisor-launch.c \
	engine/supervisor/supervisor-network.c \
	engine/supervisor/terminal.c engine/supervisor/terminal.h

module_PROGRAMS += engine/log-gzip.so
engine_log_gzip_so_SOURCES = engine/log-gzip.c
engine_log_gzip_so_LDFLAGS = $(module_link_flags)
engine_log_gzip_so_LDADD = $(layer_libs)

module_PROGRAMS += engine/tree-unpack.so
engine_tree_unpack_so_SOURCES = engine/tree-unpack.c engine/tree-unpack.h
engine_tree_unpack_so_LDFLAGS = $(module_link_flags)
engine_tree_unpack_so_LDADD = $(layer_libs)

unit_tests += \
	tests/unit/attach \
	tests/unit/config-complete \
	tests/unit/container \
	tests/unit/container-config \
	tests/unit/events \
	tests/unit/health \
	tests/unit/logs \
	tests/unit/restart \
	tests/unit/signal \
	tests/unit/spec-build

engine_test_libs = engine/libengine.a engine/network/libnetwork.a engine/runtime/libruntime.a \
	image/libimage.a rootless/librootless.a base/libbase.a \
	$(JANSSON_LIBS) $(CMOCKA_LIBS)

tests_unit_attach_SOURCES = tests/unit/attach.c tests/unit/scratch.h
tests_unit_attach_LDADD = $(engine_test_libs)
tests_unit_config_complete_SOURCES = tests/unit/config-complete.c
tests_unit_config_complete_LDADD = $(engine_test_libs)
tests_unit_container_SOURCES = tests/unit/container.c tests/unit/scratch.h
tests_unit_container_LDADD = $(engine_test_libs)
tests_unit_container_config_SOURCES = tests/unit/container-config.c tests/unit/scratch.h
tests_unit_container_config_LDADD = $(engine_test_libs)
tests_unit_events_SOURCES = tests/unit/events.c tests/unit/scratch.h
tests_unit_events_LDADD = $(engine_test_libs)
tests_unit_health_SOURCES = tests/unit/health.c tests/unit/scratch.h
tests_unit_health_LDADD = $(engine_test_libs)
tests_unit_logs_SOURCES = tests/unit/logs.c tests/unit/scratch.h
tests_unit_logs_LDADD = $(engine_test_libs)
tests_unit_restart_SOURCES = tests/unit/restart.c
tests_unit_restart_LDADD = $(engine_test_libs)
tests_unit_signal_SOURCES = tests/unit/signal.c
tests_unit_signal_LDADD = $(engine_test_libs)
tests_unit_spec_build_SOURCES = tests/unit/spec-build.c tests/unit/scratch.h
tests_unit_spec_build_LDADD = $(engine_test_libs)
