/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks without deadlock: a layer that another process is fetching is put off and
 * tried again, never waited for while we hold locks of others. Meanwhile its
 * progress is shown, by the length of the file where the other keeps what has come.
 *
 * A layer is a job: lock, folder, child that unpacks, transfer. It counts when
 * both digests are right: that of the bytes (by the transfer), and the diff ID
 * (by the child, compared with the config).
 */
#include "registry/download.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "image/config.h"
#include "image/layer-intake.h"
#include "image/layer-partial.h"
#include "image/manifest.h"
#include "image/store.h"
#include "registry/pull.h"
#include "registry/settings.h"

#define PARTIAL_SIZE_MIN ((uint64_t)1 << 20)	/* less is fetched again as fast as it is kept */
#define PARTIAL_ROOM_FACTOR 5	/* what is free for a blob to be kept while it is unpacked, too */
#define LOOK_INTERVAL (NS_PER_SECOND / 4)	/* at how far others are */
#define PAUSE_FIRST_MS 10
#define PAUSE_MAX_MS 250

enum job_state { JOB_WAITING, JOB_ACTIVE, JOB_ENDED };

struct download;

struct job {
	struct download *download;
	enum job_state state;
	unsigned int index;
	const struct descriptor *blob;
	const struct digest *diff_id;
	struct layer_intake intake;
	struct layer_partial partial;
	bool resumed;		/* some of the bytes are from an earlier pull */
	bool elsewhere;		/* another process is at it */
	uint64_t seen;		/* how far that is */
};

struct download {
	struct registry_client *client;
	const char *repository;
	struct store *store;
	const struct pull_request *request;
	struct job *jobs;
	size_t job_count;
	unsigned int layer_count, parallel, active;
	bool keep_blobs;
	int64_t looked_at;	/* when we looked what others do */
	struct error failure;		/* the first one */
};

static void tell(const struct job *job, enum pull_step step, uint64_t done)
{
	const struct pull_request *request = job->download->request;
	struct pull_event event = {
		.step = step,
		.digest = &job->blob->digest,
		.layer = job->index,
		.layer_count = job->download->layer_count,
		.done = done,
		.total = job->blob->size,
	};

	if (request->progress)
		request->progress(request->argument, &event);
}

static void end_job(struct job *job)
{
	if (job->state == JOB_ACTIVE)
		job->download->active--;
	layer_intake_release(&job->intake);
	layer_partial_release(&job->partial);
	job->state = JOB_ENDED;
}

/* The first failure counts; what follows from it does not. */
static void fail_download(struct job *job, struct error *failure)
{
	struct download *download = job->download;

	if (download->failure.kind == ERROR_NONE) {
		error_context(failure, "layer sha256:%s", job->blob->digest.hex);
		error_move(&download->failure, failure);
		registry_transfers_cancel(download->client);
	}
	end_job(job);
}

/* Shows how far the processes are that have what we wait for. */
static void look_at_others(struct download *download)
{
	int64_t now = clock_monotonic();

	if (now - download->looked_at < LOOK_INTERVAL)
		return;
	download->looked_at = now;
	for (size_t i = 0; i < download->job_count; i++) {
		struct job *job = &download->jobs[i];
		uint64_t size;

		if (job->state != JOB_WAITING || !job->elsewhere)
			continue;
		size = layer_partial_progress(download->store, &job->blob->digest);
		if (size <= job->seen || size > job->blob->size)
			continue;
		job->seen = size;
		tell(job, PULL_LAYER_PROGRESS, size);
	}
}

static void transfer_progress(void *argument, uint64_t received)
{
	const struct job *job = argument;

	look_at_others(job->download);
	tell(job, PULL_LAYER_PROGRESS, received);
	if (received == job->blob->size)
		tell(job, PULL_LAYER_EXTRACTING, received);
}

/* The bytes were right; now what the child made of them. */
static int complete_layer(struct job *job, struct error *err)
{
	auto_release(layer_blob) struct layer_blob blob = {
		.digest = job->blob->digest,
		.size = job->blob->size,
		.media_type = xstrdup(job->blob->media_type ? job->blob->media_type : ""),
	};

	strings_take(&blob.sources, reference_name_full(&job->download->request->reference));
	if (job->download->keep_blobs)
		job->intake.kept = &job->partial;
	else	/* before all is synced, so that it need not reach the disk */
		layer_partial_drop(&job->partial);
	return layer_intake_finish(&job->intake, &blob, err);
}

/* Whether the disk can spare the blob's room: the layer itself comes first. */
static bool has_room(const struct job *job)
{
	struct statvfs info;

	return fstatvfs(store_root(job->download->store), &info) < 0 ||
	       (uint64_t)info.f_bavail * info.f_frsize / PARTIAL_ROOM_FACTOR >= job->blob->size;
}

static void start_jobs(struct download *download);
static int start_transfer(struct job *job, struct error *err);

/* The bytes did not come, or were wrong. What is left of them is of no use then; and if some of them
 * were older than this pull, the whole is fetched once. */
static void meet_failure(struct job *job, struct error *failure)
{
	struct error problem = { 0 };
	bool again = failure->kind == ERROR_INVALID && job->resumed;

	if (error_is_errno(failure, EPIPE)) {	/* the child gave up first, and knows why */
		layer_intake_explain(&job->intake, &problem);
		again = problem.kind == ERROR_INVALID && job->resumed;
	} else {
		error_move(&problem, failure);
	}
	if (problem.kind == ERROR_INVALID || !has_room(job))
		layer_partial_drop(&job->partial);
	if (again) {
		error_release(&problem);
		layer_intake_undo(&job->intake);
		if (start_transfer(job, &problem) == 0)
			return;
	}
	fail_download(job, &problem);
	error_release(&problem);
}

static void transfer_done(void *argument, struct error *failure)
{
	struct job *job = argument;
	auto_error problem = { 0 };

	if (failure->kind != ERROR_NONE) {
		meet_failure(job, failure);
		return;
	}
	if (complete_layer(job, &problem) < 0) {
		fail_download(job, &problem);
		return;
	}
	tell(job, PULL_LAYER_COMPLETE, job->blob->size);
	end_job(job);
	start_jobs(job->download);
}

static bool wants_partial(const struct job *job)
{
	const struct download *download = job->download;

	if (download->keep_blobs || layer_partial_progress(download->store, &job->blob->digest))
		return true;
	return job->blob->size >= PARTIAL_SIZE_MIN && has_room(job);
}

/* Without it the pull goes on as well: another process may have it, for a layer of its own. */
static void open_partial(struct job *job)
{
	auto_error ignored = { 0 };

	if (!wants_partial(job))
		return;
	(void)layer_partial_open(job->download->store, &job->blob->digest, job->blob->size,
				 &job->partial, &ignored);
	job->resumed = job->partial.file >= 0 && job->partial.size > 0;
}

static int start_transfer(struct job *job, struct error *err)
{
	struct download *download = job->download;
	struct registry_transfer transfer = {
		.blob = job->blob,
		.fd = -1,
		.partial = &job->partial,
		.progress = transfer_progress,
		.done = transfer_done,
		.argument = job,
	};

	open_partial(job);
	if (layer_intake_start(&job->intake, &transfer.fd, err) < 0)
		return -1;
	transfer.receiver = job->intake.unpacker.report;
	if (registry_transfer_add(download->client, download->repository, &transfer, err) == 0)
		return 0;
	auto_close_fd(&transfer.fd);
	return -1;
}

/* `needed` is layer_intake_lock()'s answer: somebody else may have been here before. */
static void begin_job(struct job *job, int needed)
{
	auto_error problem = { 0 };

	if (!needed) {
		tell(job, PULL_LAYER_EXISTS, job->blob->size);
		end_job(job);
		return;
	}
	job->state = JOB_ACTIVE;
	job->download->active++;
	if (start_transfer(job, &problem) < 0)
		fail_download(job, &problem);
}

/* Begins what can be begun without waiting for another process. */
static void start_jobs(struct download *download)
{
	for (size_t i = 0; i < download->job_count; i++) {
		struct job *job = &download->jobs[i];
		auto_error problem = { 0 };
		int needed;

		if (download->active >= download->parallel || download->failure.kind != ERROR_NONE)
			return;
		if (job->state != JOB_WAITING)
			continue;
		needed = layer_intake_lock(&job->intake, false, &problem);
		if (needed >= 0)
			begin_job(job, needed);
		else if (problem.kind != ERROR_BUSY)
			fail_download(job, &problem);
		else
			job->elsewhere = true;
	}
}

static bool any_waits(const struct download *download)
{
	for (size_t i = 0; i < download->job_count; i++) {
		if (download->jobs[i].state == JOB_WAITING)
			return true;
	}
	return false;
}

static int run_jobs(struct download *download, struct error *err)
{
	int pause_ms = PAUSE_FIRST_MS;

	for (;;) {
		start_jobs(download);
		if (download->active > 0) {
			pause_ms = PAUSE_FIRST_MS;
			if (registry_transfers_run(download->client, download->parallel, err) < 0)
				return -1;
		}
		if (download->failure.kind != ERROR_NONE || !any_waits(download))
			break;
		look_at_others(download);
		poll(NULL, 0, pause_ms);
		pause_ms = pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
	}
	if (download->failure.kind == ERROR_NONE)
		return 0;
	error_move(err, &download->failure);
	return -1;
}

static bool is_planned(const struct download *download, const struct digest *diff_id)
{
	for (size_t i = 0; i < download->job_count; i++) {
		if (digest_equal(download->jobs[i].diff_id, diff_id))
			return true;
	}
	return false;
}

/* One job for each diff ID that is missing: an image may hold the same layer twice. */
static int plan_jobs(struct download *download, const struct manifest *manifest,
		     const struct image_config *config, struct error *err)
{
	download->jobs = xcalloc(manifest->layer_count + 1, sizeof(*download->jobs));
	for (size_t i = 0; i < manifest->layer_count; i++) {
		struct job job = {
			.download = download,
			.index = (unsigned int)i,
			.blob = &manifest->layers[i],
			.diff_id = &config->diff_ids[i],
			.partial = LAYER_PARTIAL_NONE,
		};
		enum layer_compression compression;

		if (layer_media_type_parse(job.blob->media_type ? job.blob->media_type : "",
					   &compression, err) < 0)
			return error_context(err, "layer sha256:%s", job.blob->digest.hex);
		if (is_planned(download, job.diff_id) ||
		    store_has_layer(download->store, job.diff_id)) {
			tell(&job, PULL_LAYER_EXISTS, job.blob->size);
			continue;
		}
		tell(&job, PULL_LAYER_WAITING, 0);
		layer_intake_init(&job.intake, download->store, job.diff_id,
				  download->request->ownership);
		download->jobs[download->job_count++] = job;
	}
	return 0;
}

int layers_download(struct registry_client *client, const char *repository, struct store *store,
		    const struct pull_request *request, const struct registry_settings *settings,
		    const struct manifest *manifest, const struct image_config *config,
		    struct error *err)
{
	struct download download = {
		.client = client,
		.repository = repository,
		.store = store,
		.request = request,
		.layer_count = (unsigned int)manifest->layer_count,
		.parallel = settings->parallel,
		.keep_blobs = settings->keep_blobs,
	};
	int result;

	result = plan_jobs(&download, manifest, config, err);
	if (result == 0)
		result = run_jobs(&download, err);
	for (size_t i = 0; i < download.job_count; i++)
		end_job(&download.jobs[i]);
	free(download.jobs);
	error_release(&download.failure);
	return result;
}
