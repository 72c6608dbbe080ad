# SPDX-License-Identifier: Apache-2.0
#
# Manual pages: names, usage and options from the command tables (cli/gen-man.c), the rest from the
# fragment man/NAME.inc. A page that stands for another (proa-container-ls for proa-ps) needs only
# its line in man_links. tests/checks/man.sh holds these lists against the tables.

noinst_PROGRAMS += cli/gen-man

cli_gen_man_SOURCES = cli/gen-man.c
cli_gen_man_LDADD = cli/libcli.a $(cli_libs)

man_pages = \
	man/proa-artifact-add.1 \
	man/proa-artifact-extract.1 \
	man/proa-artifact-inspect.1 \
	man/proa-artifact-ls.1 \
	man/proa-artifact-pull.1 \
	man/proa-artifact-push.1 \
	man/proa-artifact-rm.1 \
	man/proa-attach.1 \
	man/proa-commit.1 \
	man/proa-completion.1 \
	man/proa-container-cleanup.1 \
	man/proa-container-exists.1 \
	man/proa-init.1 \
	man/proa-container-inspect.1 \
	man/proa-container-prune.1 \
	man/proa-cp.1 \
	man/proa-create.1 \
	man/proa-diff.1 \
	man/proa-events.1 \
	man/proa-exec.1 \
	man/proa-export.1 \
	man/proa-healthcheck-run.1 \
	man/proa-history.1 \
	man/proa-image-diff.1 \
	man/proa-image-exists.1 \
	man/proa-image-inspect.1 \
	man/proa-image-sign.1 \
	man/proa-image-trust.1 \
	man/proa-image-verify.1 \
	man/proa-image-mount.1 \
	man/proa-image-prune.1 \
	man/proa-image-tree.1 \
	man/proa-image-unmount.1 \
	man/proa-images.1 \
	man/proa-import.1 \
	man/proa-info.1 \
	man/proa-inspect.1 \
	man/proa-kill.1 \
	man/proa-load.1 \
	man/proa-login.1 \
	man/proa-logout.1 \
	man/proa-logs.1 \
	man/proa-manifest-add.1 \
	man/proa-manifest-annotate.1 \
	man/proa-manifest-create.1 \
	man/proa-manifest-exists.1 \
	man/proa-manifest-inspect.1 \
	man/proa-manifest-push.1 \
	man/proa-manifest-remove.1 \
	man/proa-manifest-rm.1 \
	man/proa-pause.1 \
	man/proa-port.1 \
	man/proa-ps.1 \
	man/proa-pull.1 \
	man/proa-push.1 \
	man/proa-rename.1 \
	man/proa-restart.1 \
	man/proa-rm.1 \
	man/proa-rmi.1 \
	man/proa-run.1 \
	man/proa-save.1 \
	man/proa-search.1 \
	man/proa-start.1 \
	man/proa-stats.1 \
	man/proa-stop.1 \
	man/proa-system-df.1 \
	man/proa-system-prune.1 \
	man/proa-tag.1 \
	man/proa-top.1 \
	man/proa-unpause.1 \
	man/proa-untag.1 \
	man/proa-update.1 \
	man/proa-version.1 \
	man/proa-volume-create.1 \
	man/proa-volume-exists.1 \
	man/proa-volume-export.1 \
	man/proa-volume-import.1 \
	man/proa-volume-inspect.1 \
	man/proa-volume-ls.1 \
	man/proa-volume-mount.1 \
	man/proa-volume-prune.1 \
	man/proa-volume-rm.1 \
	man/proa-volume-unmount.1 \
	man/proa-wait.1

man_links = \
	man/proa-container-attach.1 \
	man/proa-container-commit.1 \
	man/proa-container-cp.1 \
	man/proa-container-create.1 \
	man/proa-container-diff.1 \
	man/proa-container-exec.1 \
	man/proa-container-export.1 \
	man/proa-container-kill.1 \
	man/proa-container-logs.1 \
	man/proa-container-ls.1 \
	man/proa-container-pause.1 \
	man/proa-container-port.1 \
	man/proa-container-rename.1 \
	man/proa-container-restart.1 \
	man/proa-container-rm.1 \
	man/proa-container-run.1 \
	man/proa-container-start.1 \
	man/proa-container-stats.1 \
	man/proa-container-stop.1 \
	man/proa-container-top.1 \
	man/proa-container-unpause.1 \
	man/proa-container-update.1 \
	man/proa-container-wait.1 \
	man/proa-image-history.1 \
	man/proa-image-import.1 \
	man/proa-image-load.1 \
	man/proa-image-ls.1 \
	man/proa-image-pull.1 \
	man/proa-image-push.1 \
	man/proa-image-rm.1 \
	man/proa-image-save.1 \
	man/proa-image-search.1 \
	man/proa-image-tag.1 \
	man/proa-image-untag.1 \
	man/proa-container-init.1 \
	man/proa-system-events.1 \
	man/proa-system-info.1

man_fragments = man/proa.inc $(man_pages:man/proa-%.1=man/%.inc)

man1_MANS = man/proa.1 $(man_pages) $(man_links)

man/proa.1: man/proa.inc cli/gen-man$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && cli/gen-man proa $< >$@.tmp && mv $@.tmp $@

$(man_pages): man/proa-%.1: man/%.inc cli/gen-man$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && cli/gen-man proa-$* $< >$@.tmp && mv $@.tmp $@

$(man_links): man/%.1: cli/gen-man$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && cli/gen-man $* >$@.tmp && mv $@.tmp $@

CLEANFILES += $(man1_MANS)
EXTRA_DIST += $(man_fragments)
