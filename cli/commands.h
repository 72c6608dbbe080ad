/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, each defined in the file of its name. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_artifact_add;
extern const struct command command_artifact_extract;
extern const struct command command_artifact_inspect;
extern const struct command command_artifact_ls;
extern const struct command command_artifact_pull;
extern const struct command command_artifact_push;
extern const struct command command_artifact_rm;
extern const struct command command_attach;
extern const struct command command_commit;
extern const struct command command_completion;
extern const struct command command_container_cleanup;
extern const struct command command_container_exists;
extern const struct command command_container_init;
extern const struct command command_container_inspect;
extern const struct command command_container_prune;
extern const struct command command_cp;
extern const struct command command_create;
extern const struct command command_diff;
extern const struct command command_events;
extern const struct command command_exec;
extern const struct command command_export;
extern const struct command command_healthcheck_run;
extern const struct command command_history;
extern const struct command command_image_diff;
extern const struct command command_image_exists;
extern const struct command command_image_inspect;
extern const struct command command_image_sign;
extern const struct command command_image_trust;
extern const struct command command_image_verify;
extern const struct command command_image_mount;
extern const struct command command_image_prune;
extern const struct command command_image_tree;
extern const struct command command_image_unmount;
extern const struct command command_images;
extern const struct command command_import;
extern const struct command command_info;
extern const struct command command_inspect;
extern const struct command command_kill;
extern const struct command command_load;
extern const struct command command_login;
extern const struct command command_logout;
extern const struct command command_logs;
extern const struct command command_manifest_add;
extern const struct command command_manifest_annotate;
extern const struct command command_manifest_create;
extern const struct command command_manifest_exists;
extern const struct command command_manifest_inspect;
extern const struct command command_manifest_push;
extern const struct command command_manifest_remove;
extern const struct command command_manifest_rm;
extern const struct command command_pause;
extern const struct command command_port;
extern const struct command command_ps;
extern const struct command command_pull;
extern const struct command command_push;
extern const struct command command_rename;
extern const struct command command_restart;
extern const struct command command_rm;
extern const struct command command_rmi;
extern const struct command command_run;
extern const struct command command_save;
extern const struct command command_search;
extern const struct command command_start;
extern const struct command command_stats;
extern const struct command command_stop;
extern const struct command command_system_df;
extern const struct command command_system_prune;
extern const struct command command_tag;
extern const struct command command_top;
extern const struct command command_unpause;
extern const struct command command_untag;
extern const struct command command_update;
extern const struct command command_version;
extern const struct command command_volume_create;
extern const struct command command_volume_exists;
extern const struct command command_volume_export;
extern const struct command command_volume_import;
extern const struct command command_volume_inspect;
extern const struct command command_volume_ls;
extern const struct command command_volume_mount;
extern const struct command command_volume_prune;
extern const struct command command_volume_rm;
extern const struct command command_volume_unmount;
extern const struct command command_wait;

#endif
