/* SPDX-License-Identifier: Apache-2.0 */
/* See image/layer-intake.h. */
#include "image/layer-intake.h"

#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/layer-partial.h"

void layer_intake_init(struct layer_intake *intake, struct store *store,
		       const struct digest *diff_id, enum layer_ownership ownership)
{
	*intake = (struct layer_intake){
		.store = store,
		.diff_id = diff_id,
		.ownership = ownership,
		.lock = -1,
		.staging = { .folder = -1, .lock = -1 },
		.unpacker = UNPACKER_NONE,
	};
}

int layer_intake_lock(struct layer_intake *intake, bool wait, struct error *err)
{
	intake->lock = wait ? store_lock_layer(intake->store, intake->diff_id, NULL, NULL, err) :
			      store_try_lock_layer(intake->store, intake->diff_id, err);
	if (intake->lock < 0)
		return -1;
	return !store_has_layer(intake->store, intake->diff_id);
}

int layer_intake_start(struct layer_intake *intake, int *ret_input, struct error *err)
{
	if (store_stage(intake->store, "layer", &intake->staging, err) < 0)
		return -1;
	return unpacker_start(intake->staging.folder, intake->ownership, &intake->unpacker,
			      ret_input, err);
}

int layer_intake_explain(struct layer_intake *intake, struct error *err)
{
	struct layer_info ignored = { 0 };

	if (unpacker_finish(&intake->unpacker, &ignored, err) == 0)
		error_set(err, ERROR_INVALID, "it ended before its last byte");
	return -1;
}

static int check_diff_id(const struct layer_intake *intake, const struct layer_info *info,
			 struct error *err)
{
	if (digest_equal(&info->diff_id, intake->diff_id))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "it unpacks to diff ID sha256:%s, but the image config says sha256:%s",
			 info->diff_id.hex, intake->diff_id->hex);
}

int layer_intake_finish(struct layer_intake *intake, const struct layer_blob *blob,
			struct error *err)
{
	struct layer_info info = { 0 };

	if (unpacker_finish(&intake->unpacker, &info, err) < 0 ||
	    check_diff_id(intake, &info, err) < 0)
		return -1;
	info.ownership = intake->ownership;
	if (layer_info_write(intake->staging.folder, &info, err) < 0 ||
	    (blob && layer_blobs_add(intake->staging.folder, blob, err) < 0))
		return -1;
	if (intake->kept && layer_partial_keep(intake->kept, intake->staging.folder,
					       LAYER_BLOB_KEPT, err) < 0)
		return -1;
	return store_commit_layer(intake->store, &intake->staging, intake->diff_id, err);
}

void layer_intake_undo(struct layer_intake *intake)
{
	unpacker_release(&intake->unpacker);
	store_staging_release(&intake->staging);
}

void layer_intake_release(struct layer_intake *intake)
{
	layer_intake_undo(intake);
	auto_close_fd(&intake->lock);
	intake->lock = -1;
}
