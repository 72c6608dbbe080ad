/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks without deadlock: a layer that another process is fetching is put off,
 * and we wait for its lock only while we hold none ourselves. So nobody who
 * waits is waited for. Meanwhile our own transfers run on, since trying a lock
 * does not block.
 *
 * A layer is a job: lock, folder, child that unpacks, transfer. It counts when
 * both digests are right: that of the bytes (by the transfer), and the diff ID
 * (by the child, compared with the config).
 */
#include "registry/download.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/config.h"
#include "image/layer-intake.h"
#include "image/manifest.h"
#include "image/store.h"
#include "registry/pull.h"

#define PARALLEL_DEFAULT 4
#define PARALLEL_MAX 64

enum job_state { JOB_WAITING, JOB_ACTIVE, JOB_ENDED };

struct download;

struct job {
	struct download *download;
	enum job_state state;
	unsigned int index;
	const struct descriptor *blob;
	const struct digest *diff_id;
	struct layer_intake intake;
};

struct download {
	struct registry_client *client;
	struct store *store;
	const struct pull_request *request;
	struct job *jobs;
	size_t job_count;
	unsigned int layer_count, parallel, active;
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

static void transfer_progress(void *argument, uint64_t received)
{
	const struct job *job = argument;

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
	return layer_intake_finish(&job->intake, &blob, err);
}

static void start_jobs(struct download *download);

static void transfer_done(void *argument, struct error *failure)
{
	struct job *job = argument;
	auto_error problem = { 0 };

	if (error_is_errno(failure, EPIPE)) {
		/* The child gave up first, and knows why. */
		layer_intake_explain(&job->intake, &problem);
	} else if (failure->kind != ERROR_NONE) {
		error_set(&problem, failure->kind, "%s", failure->message);
	} else {
		complete_layer(job, &problem);
	}
	if (problem.kind != ERROR_NONE) {
		fail_download(job, &problem);
		return;
	}
	tell(job, PULL_LAYER_COMPLETE, job->blob->size);
	end_job(job);
	start_jobs(job->download);
}

static int start_transfer(struct job *job, struct error *err)
{
	struct download *download = job->download;
	const struct pull_request *request = download->request;
	struct registry_transfer transfer = {
		.blob = job->blob,
		.fd = -1,
		.progress = transfer_progress,
		.done = transfer_done,
		.argument = job,
	};

	if (layer_intake_start(&job->intake, &transfer.fd, err) < 0)
		return -1;
	transfer.receiver = job->intake.unpacker.report;
	if (registry_transfer_add(download->client, request->reference.repository, &transfer,
				  err) == 0)
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
	}
}

static struct job *find_waiting(const struct download *download)
{
	for (size_t i = 0; i < download->job_count; i++) {
		if (download->jobs[i].state == JOB_WAITING)
			return &download->jobs[i];
	}
	return NULL;
}

/* Only called while no lock is held. */
static void wait_for_other(struct job *job)
{
	auto_error problem = { 0 };
	int needed = layer_intake_lock(&job->intake, true, &problem);

	if (needed < 0)
		fail_download(job, &problem);
	else
		begin_job(job, needed);
}

static int run_jobs(struct download *download, struct error *err)
{
	struct job *waiting;

	for (;;) {
		start_jobs(download);
		if (registry_transfers_run(download->client, download->parallel, err) < 0)
			return -1;
		waiting = find_waiting(download);
		if (download->failure.kind != ERROR_NONE || !waiting)
			break;
		wait_for_other(waiting);
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

int layers_download(struct registry_client *client, struct store *store,
		    const struct pull_request *request, const struct manifest *manifest,
		    const struct image_config *config, struct error *err)
{
	struct download download = {
		.client = client,
		.store = store,
		.request = request,
		.layer_count = (unsigned int)manifest->layer_count,
		.parallel = request->parallel ? request->parallel : PARALLEL_DEFAULT,
	};
	int result;

	if (download.parallel > PARALLEL_MAX)
		download.parallel = PARALLEL_MAX;
	result = plan_jobs(&download, manifest, config, err);
	if (result == 0)
		result = run_jobs(&download, err);
	for (size_t i = 0; i < download.job_count; i++)
		layer_intake_release(&download.jobs[i].intake);
	free(download.jobs);
	error_release(&download.failure);
	return result;
}
