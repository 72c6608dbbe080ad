# SPDX-License-Identifier: Apache-2.0
#
# The command line. The sources but main.c are a library, so that unit tests can link them. The
# program itself links libc and jansson only: what needs more is in modules (base/module.h).

noinst_LIBRARIES += cli/libcli.a

cli_libcli_a_SOURCES = \
	cli/artifact-add.c \
	cli/artifact-extract.c \
	cli/artifact-list.c \
	cli/artifact-pull.c \
	cli/artifact-push.c \
	cli/artifact-rm.c \
	cli/attach.c \
	cli/attaching.c cli/attaching.h \
	cli/command.h \
	cli/commands.c cli/commands.h \
	cli/commit.c \
	cli/completion.c \
	cli/container-cleanup.c \
	cli/container-environment.c \
	cli/container-exists.c \
	cli/container-health.c \
	cli/container-init.c \
	cli/container-limits.c \
	cli/container-mounts.c \
	cli/container-network.c \
	cli/container-options.c cli/container-options.h \
	cli/container-prune.c \
	cli/container-security.c \
	cli/container-text.c cli/container-text.h \
	cli/cp.c \
	cli/create.c \
	cli/csv.c cli/csv.h \
	cli/diff.c \
	cli/disk-usage.c cli/disk-usage.h \
	cli/disk-usage-print.c \
	cli/events.c \
	cli/exec.c \
	cli/export.c \
	cli/filter.c cli/filter.h \
	cli/format.c cli/format.h \
	cli/global.c cli/global.h \
	cli/healthcheck-run.c \
	cli/help.c cli/help.h \
	cli/history.c \
	cli/image-exists.c \
	cli/image-files.c cli/image-files.h \
	cli/image-filter.c cli/image-filter.h \
	cli/image-mount.c \
	cli/image-prune.c \
	cli/image-removal.c cli/image-removal.h \
	cli/image-survey.c cli/image-survey.h \
	cli/image-tree.c \
	cli/images-tree.c cli/images-tree.h \
	cli/import.c \
	cli/pruning.c cli/pruning.h \
	cli/image-source.c cli/image-source.h \
	cli/image-sign.c \
	cli/image-trust.c \
	cli/images.c \
	cli/info.c \
	cli/inspect.c \
	cli/kill.c \
	cli/load.c \
	cli/login.c \
	cli/logout.c \
	cli/logs.c \
	cli/manifest-add.c \
	cli/manifest-annotate.c \
	cli/manifest-create.c \
	cli/manifest-exists.c \
	cli/manifest-inspect.c \
	cli/manifest-lists.c cli/manifest-lists.h \
	cli/manifest-push.c \
	cli/manifest-remove.c \
	cli/manifest-rm.c \
	cli/new-container.c cli/new-container.h \
	cli/options.c cli/options.h \
	cli/output.c cli/output.h \
	cli/pause.c cli/pausing.h \
	cli/port.c \
	cli/process-columns.c cli/process-columns.h \
	cli/progress.c cli/progress.h \
	cli/ps.c \
	cli/ps-row.c cli/ps-row.h \
	cli/ps-sort.c cli/ps-sort.h \
	cli/ps-filter.c cli/ps-filter.h \
	cli/pull.c \
	cli/pull-child.c cli/pull-child.h \
	cli/push.c \
	cli/push-progress.c cli/push-progress.h \
	cli/registry-options.c cli/registry-options.h \
	cli/report.c cli/report.h \
	cli/rename.c \
	cli/restart.c \
	cli/rm.c \
	cli/rmi.c \
	cli/run.c \
	cli/search.c \
	cli/secret.c cli/secret.h \
	cli/save.c \
	cli/selection.c cli/selection.h \
	cli/session.c cli/session.h \
	cli/spelling.c cli/spelling.h \
	cli/start.c \
	cli/stats.c \
	cli/stop.c cli/stopping.h \
	cli/system-df.c \
	cli/system-prune.c \
	cli/table.c cli/table.h \
	cli/tag.c \
	cli/template.h cli/template-tree.h \
	cli/template-functions.c \
	cli/template-print.c \
	cli/template-fields.c \
	cli/template-parse.c \
	cli/template-run.c \
	cli/transfer-line.c cli/transfer-line.h \
	cli/transfers.c cli/transfers.h \
	cli/top.c \
	cli/unpause.c \
	cli/update.c \
	cli/version.c \
	cli/volume-create.c \
	cli/volume-files.c \
	cli/volume-filter.c cli/volume-filter.h \
	cli/volume-ls.c \
	cli/volume-mount.c \
	cli/volume-rm.c \
	cli/wait.c

cli_libs = engine/libengine.a engine/runtime/libruntime.a engine/network/libnetwork.a \
	registry/libregistryload.a rootless/librootless.a image/libimage.a base/libbase.a \
	$(JANSSON_LIBS) -ldl

bin_PROGRAMS += cli/proa

cli_proa_SOURCES = cli/main.c
cli_proa_LDADD = cli/libcli.a $(cli_libs)

unit_tests += \
	tests/unit/container-options \
	tests/unit/options

tests_unit_container_options_SOURCES = tests/unit/container-options.c
tests_unit_container_options_LDADD = cli/libcli.a $(cli_libs) $(CMOCKA_LIBS)
tests_unit_options_SOURCES = tests/unit/options.c
tests_unit_options_LDADD = cli/libcli.a base/libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

# What templates, tables and --format do needs nothing of the engine.
format_test_libs = cli/libcli.a base/libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

unit_tests += \
	tests/unit/format \
	tests/unit/table \
	tests/unit/template \
	tests/unit/transfer-line

tests_unit_format_SOURCES = tests/unit/format.c
tests_unit_format_LDADD = $(format_test_libs)
tests_unit_table_SOURCES = tests/unit/table.c
tests_unit_table_LDADD = $(format_test_libs)
tests_unit_template_SOURCES = tests/unit/template.c
tests_unit_template_LDADD = $(format_test_libs)
tests_unit_transfer_line_SOURCES = tests/unit/transfer-line.c
tests_unit_transfer_line_LDADD = $(format_test_libs)

fuzz_targets += tests/fuzz/template

tests_fuzz_template_SOURCES = tests/fuzz/template.c $(fuzz_main)
tests_fuzz_template_LDADD = cli/libcli.a base/libbase.a $(JANSSON_LIBS)
