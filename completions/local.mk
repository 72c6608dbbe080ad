# SPDX-License-Identifier: Apache-2.0
#
# Completion scripts: proa prints them itself, from its command tables (cli/completion.c).

bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d

bashcompletion_DATA = completions/bash/proa
zshcompletion_DATA = completions/zsh/_proa
fishcompletion_DATA = completions/fish/proa.fish

$(bashcompletion_DATA) $(zshcompletion_DATA) $(fishcompletion_DATA): cli/proa$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cli/proa completion $(notdir $(@D)) >$@.tmp && mv $@.tmp $@

CLEANFILES += $(bashcompletion_DATA) $(zshcompletion_DATA) $(fishcompletion_DATA)
