/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts are read where they lie in the archive and go to the children's pipes: those that
 * nobody needs to hash by splice(2), without passing through this process.
 *
 * Locks as in registry/download.c: we wait for a layer that another process is at only while we
 * hold no lock ourselves.
 */
#include "image/archive-layers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "image/layer-intake.h"
#include "image/manifest.h"
#include "image/store.h"

#define PARALLEL_MAX 4
#define CHUNK_SIZE ((size_t)256 << 10)
#define SPLICE_SIZE ((size_t)1 << 20)

enum job_state { JOB_WAITING, JOB_ACTIVE, JOB_ENDED };

struct job {
	const struct archive_layer *layer;
	enum job_state state;
	struct layer_intake intake;
	struct archive_part part;	/* what has not been read yet */
	int input;			/* the child's pipe */
	struct sha256 *hash;		/* NULL: the diff ID says it all */
	unsigned char *chunk;		/* chunk[start..end) is read and not yet written */
	size_t start, end;
};

struct work {
	struct store *store;
	const struct archive_files *files;
	struct job *jobs;
	size_t count;
	unsigned int active;
};

static void end_job(struct work *work, struct job *job)
{
	if (job->state == JOB_ACTIVE)
		work->active--;
	layer_intake_release(&job->intake);
	archive_part_release(&job->part);
	auto_close_fd(&job->input);
	job->input = -1;
	sha256_free(job->hash);
	free(job->chunk);
	job->hash = NULL;
	job->chunk = NULL;
	job->state = JOB_ENDED;
}

static void work_release(struct work *work)
{
	for (size_t i = 0; i < work->count; i++)
		end_job(work, &work->jobs[i]);
	free(work->jobs);
}

static int in_layer(const struct job *job, struct error *err)
{
	auto_free char *shown = printable(job->layer->name);

	return error_context(err, "layer '%.200s'", shown);
}

/* A part that is the plain tar itself has the diff ID, which the child checks. */
static bool needs_hash(const struct archive_layer *layer)
{
	return layer->blob && !digest_equal(&layer->blob->digest, layer->diff_id);
}

static int start_job(struct work *work, struct job *job, struct error *err)
{
	const struct archive_layer *layer = job->layer;

	if (archive_files_find(work->files, layer->name, &job->part, err) < 0)
		return -1;
	if (layer->blob && job->part.size != layer->blob->size)
		return error_set(err, ERROR_INVALID, "it has %llu bytes; the manifest says %llu",
				 (unsigned long long)job->part.size,
				 (unsigned long long)layer->blob->size);
	if (layer_intake_start(&job->intake, &job->input, err) < 0)
		return -1;
	if (fd_set_nonblocking(job->input, true) < 0)
		return error_errno(err, "cannot set up a pipe");
	if (needs_hash(layer)) {
		job->hash = sha256_new();
		job->chunk = xmalloc(CHUNK_SIZE);
	}
	return 0;
}

/* `needed` is layer_intake_lock()'s answer: somebody else may have been here before. */
static int begin_job(struct work *work, struct job *job, int needed, struct error *err)
{
	if (!needed) {
		end_job(work, job);
		return 0;
	}
	job->state = JOB_ACTIVE;
	work->active++;
	return start_job(work, job, err) < 0 ? in_layer(job, err) : 0;
}

static int begin_jobs(struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count && work->active < PARALLEL_MAX; i++) {
		struct job *job = &work->jobs[i];
		int needed;

		if (job->state != JOB_WAITING)
			continue;
		needed = layer_intake_lock(&job->intake, false, err);
		if (needed < 0 && err->kind == ERROR_BUSY) {
			error_release(err);
			continue;
		}
		if (needed < 0 || begin_job(work, job, needed, err) < 0)
			return -1;
	}
	return 0;
}

/* Blocks for another process' layer. Only called while no lock is held. */
static int wait_for_other(struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count; i++) {
		struct job *job = &work->jobs[i];
		int needed;

		if (job->state != JOB_WAITING)
			continue;
		needed = layer_intake_lock(&job->intake, true, err);
		return needed < 0 ? -1 : begin_job(work, job, needed, err);
	}
	return 0;
}

static int check_digest(struct job *job, struct error *err)
{
	struct digest found = { 0 };

	if (!job->hash)
		return 0;
	sha256_finish(job->hash, found.hex);
	if (digest_equal(&found, &job->layer->blob->digest))
		return 0;
	return error_set(err, ERROR_INVALID, "its digest is sha256:%s; the manifest says sha256:%s",
			 found.hex, job->layer->blob->digest.hex);
}

static int complete(struct work *work, struct job *job, struct error *err)
{
	auto_close_fd(&job->input);
	job->input = -1;
	if (check_digest(job, err) < 0 || layer_intake_finish(&job->intake, NULL, err) < 0)
		return -1;
	end_job(work, job);
	return 0;
}

static int read_failed(ssize_t got, struct error *err)
{
	if (got < 0)
		return error_errno(err, "cannot read the archive");
	return error_set(err, ERROR_INVALID, "the archive became shorter meanwhile");
}

/* 1: moved something; 0: the pipe is full; -1. */
static int splice_some(struct job *job, struct error *err)
{
	off_t offset = (off_t)job->part.offset;
	size_t size = job->part.size < SPLICE_SIZE ? (size_t)job->part.size : SPLICE_SIZE;
	ssize_t got = splice(job->part.fd, &offset, job->input, NULL, size, SPLICE_F_NONBLOCK);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got < 0 && errno == EPIPE)
		return layer_intake_explain(&job->intake, err);
	if (got <= 0)
		return read_failed(got, err);
	job->part.offset += (uint64_t)got;
	job->part.size -= (uint64_t)got;
	return 1;
}

static int fill_chunk(struct job *job, struct error *err)
{
	size_t size = job->part.size < CHUNK_SIZE ? (size_t)job->part.size : CHUNK_SIZE;
	ssize_t got;

	do
		got = pread(job->part.fd, job->chunk, size, (off_t)job->part.offset);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return read_failed(got, err);
	sha256_update(job->hash, job->chunk, (size_t)got);
	job->start = 0;
	job->end = (size_t)got;
	job->part.offset += (uint64_t)got;
	job->part.size -= (uint64_t)got;
	return 0;
}

static int write_some(struct job *job, struct error *err)
{
	ssize_t written;

	if (job->start == job->end && fill_chunk(job, err) < 0)
		return -1;
	written = write(job->input, job->chunk + job->start, job->end - job->start);
	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (written < 0 && errno == EPIPE)
		return layer_intake_explain(&job->intake, err);
	if (written < 0)
		return error_errno(err, "cannot write to the unpacking process");
	job->start += (size_t)written;
	return 1;
}

/* Feeds the child while it takes more without waiting. */
static int feed(struct work *work, struct job *job, struct error *err)
{
	int more = 1;

	while (more == 1 && (job->part.size > 0 || job->start < job->end))
		more = job->hash ? write_some(job, err) : splice_some(job, err);
	if (more < 0)
		return -1;
	return more == 1 ? complete(work, job, err) : 0;
}

/* Feeds whoever has room. */
static int feed_all(struct work *work, struct error *err)
{
	struct pollfd polls[PARALLEL_MAX];
	struct job *jobs[PARALLEL_MAX];
	nfds_t count = 0;

	for (size_t i = 0; i < work->count && count < PARALLEL_MAX; i++) {
		if (work->jobs[i].state != JOB_ACTIVE)
			continue;
		jobs[count] = &work->jobs[i];
		polls[count] = (struct pollfd){ .fd = jobs[count]->input, .events = POLLOUT };
		count++;
	}
	if (poll(polls, count, -1) < 0)
		return errno == EINTR ? 0 : error_errno(err, "cannot wait for the children");
	for (nfds_t i = 0; i < count; i++)
		if (polls[i].revents && feed(work, jobs[i], err) < 0)
			return in_layer(jobs[i], err);
	return 0;
}

static bool is_ended(const struct work *work)
{
	for (size_t i = 0; i < work->count; i++)
		if (work->jobs[i].state != JOB_ENDED)
			return false;
	return true;
}

static bool is_planned(const struct work *work, const struct digest *diff_id)
{
	for (size_t i = 0; i < work->count; i++)
		if (digest_equal(work->jobs[i].layer->diff_id, diff_id))
			return true;
	return false;
}

int archive_layers_unpack(struct store *store, const struct archive_files *files,
			  const struct archive_layer *layers, size_t count,
			  enum layer_ownership ownership, struct error *err)
{
	auto_release(work) struct work work = { .store = store, .files = files };

	work.jobs = xcalloc(count + 1, sizeof(*work.jobs));
	for (size_t i = 0; i < count; i++) {
		struct job *job = &work.jobs[work.count];

		if (is_planned(&work, layers[i].diff_id) ||
		    store_has_layer(store, layers[i].diff_id))
			continue;
		*job = (struct job){ .layer = &layers[i], .part.fd = -1, .input = -1 };
		layer_intake_init(&job->intake, store, layers[i].diff_id, ownership);
		work.count++;
	}
	while (!is_ended(&work)) {
		if (begin_jobs(&work, err) < 0)
			return -1;
		if (work.active > 0 ? feed_all(&work, err) < 0 : wait_for_other(&work, err) < 0)
			return -1;
	}
	return 0;
}
