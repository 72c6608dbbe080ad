/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop. A source that is removed while events are being handled may
 * still have one waiting in the batch, so it is only marked, and freed when
 * the batch is done.
 *
 * epoll refuses regular files and /dev/null, which are what stdin often is:
 * these count as ready all the time, as with poll(2).
 */
#include "base/event.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"

#define BATCH_SIZE 32

struct event_source {
	struct event_loop *loop;
	struct event_source *next;
	struct event_source **link;	/* what points to this one */
	int (*dispatch)(struct event_source *source, uint32_t events, struct error *err);
	int fd;
	bool owns_fd;			/* timers and signals */
	bool always_ready;		/* not in the epoll set */
	bool removed;
	uint32_t events;
	union {
		event_fd_handler fd;
		event_timer_handler timer;
		event_signal_handler signal;
	} handler;
	void *argument;
};

struct event_loop {
	int epoll;
	struct event_source *sources;
	struct event_source *removed;
	unsigned int running;	/* event_loop_run() calls that are active */
	bool stop;
};

struct event_loop *event_loop_new(struct error *err)
{
	struct event_loop *loop;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0) {
		error_errno(err, "cannot make an event loop");
		return NULL;
	}
	loop = xcalloc(1, sizeof(*loop));
	loop->epoll = epoll;
	return loop;
}

static void unlink_source(struct event_source *source)
{
	*source->link = source->next;
	if (source->next)
		source->next->link = source->link;
}

static void link_source(struct event_source *source, struct event_source **list)
{
	source->next = *list;
	source->link = list;
	if (source->next)
		source->next->link = &source->next;
	*list = source;
}

static void free_sources(struct event_source **list)
{
	while (*list) {
		struct event_source *source = *list;

		unlink_source(source);
		if (source->owns_fd && !source->removed)
			close(source->fd);
		free(source);
	}
}

void event_loop_free(struct event_loop *loop)
{
	if (!loop)
		return;
	free_sources(&loop->sources);
	free_sources(&loop->removed);
	close(loop->epoll);
	free(loop);
}

/* Enters `source` into the loop; frees it on failure (its fd stays with the caller). */
static struct event_source *add_source(struct event_loop *loop, struct event_source *source,
				       struct error *err)
{
	struct epoll_event event = { .events = source->events, .data.ptr = source };

	source->loop = loop;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event) < 0) {
		if (errno != EPERM) {
			error_errno(err, "cannot watch a descriptor");
			free(source);
			return NULL;
		}
		source->always_ready = true;
	}
	link_source(source, &loop->sources);
	return source;
}

static int dispatch_fd(struct event_source *source, uint32_t events, struct error *err)
{
	return source->handler.fd(source->argument, source->fd, events, err);
}

struct event_source *event_add_fd(struct event_loop *loop, int fd, uint32_t events,
				  event_fd_handler handler, void *argument, struct error *err)
{
	struct event_source *source = xcalloc(1, sizeof(*source));

	source->dispatch = dispatch_fd;
	source->fd = fd;
	source->events = events;
	source->handler.fd = handler;
	source->argument = argument;
	return add_source(loop, source, err);
}

int event_change_fd(struct event_source *source, uint32_t events, struct error *err)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (!source->always_ready &&
	    epoll_ctl(source->loop->epoll, EPOLL_CTL_MOD, source->fd, &event) < 0)
		return error_errno(err, "cannot watch a descriptor");
	source->events = events;
	return 0;
}

static int dispatch_timer(struct event_source *source, uint32_t events, struct error *err)
{
	uint64_t expirations;

	(void)events;
	if (read(source->fd, &expirations, sizeof(expirations)) != sizeof(expirations))
		return 0; /* set anew by another handler meanwhile */
	return source->handler.timer(source->argument, err);
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_SECOND),
				  .tv_nsec = (long)(ns % NS_PER_SECOND) };
}

struct event_source *event_add_timer(struct event_loop *loop, uint64_t delay_ns,
				     uint64_t interval_ns, event_timer_handler handler,
				     void *argument, struct error *err)
{
	struct itimerspec when = {
		.it_value = to_timespec(delay_ns ? delay_ns : 1), /* 0 would disarm it */
		.it_interval = to_timespec(interval_ns),
	};
	auto_fd int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct event_source *source;

	if (fd < 0 || timerfd_settime(fd, 0, &when, NULL) < 0) {
		error_errno(err, "cannot set a timer");
		return NULL;
	}
	source = xcalloc(1, sizeof(*source));
	source->dispatch = dispatch_timer;
	source->fd = fd;
	source->owns_fd = true;
	source->events = EPOLLIN;
	source->handler.timer = handler;
	source->argument = argument;
	source = add_source(loop, source, err);
	if (source)
		take_fd(&fd);
	return source;
}

/* One signal a time: the handler may remove the source. */
static int dispatch_signal(struct event_source *source, uint32_t events, struct error *err)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return source->handler.signal(source->argument, &info, err);
}

struct event_source *event_add_signal(struct event_loop *loop, int signal,
				      event_signal_handler handler, void *argument,
				      struct error *err)
{
	struct event_source *source;
	auto_fd int fd = -1;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
		error_errno(err, "cannot wait for signal %d", signal);
		return NULL;
	}
	source = xcalloc(1, sizeof(*source));
	source->dispatch = dispatch_signal;
	source->fd = fd;
	source->owns_fd = true;
	source->events = EPOLLIN;
	source->handler.signal = handler;
	source->argument = argument;
	source = add_source(loop, source, err);
	if (source)
		take_fd(&fd);
	return source;
}

void event_remove(struct event_source *source)
{
	struct event_loop *loop;

	if (!source || source->removed)
		return;
	loop = source->loop;
	if (!source->always_ready)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	if (source->owns_fd)
		close(source->fd);
	unlink_source(source);
	source->removed = true;
	link_source(source, &loop->removed);
	if (!loop->running)
		free_sources(&loop->removed);
}

/* What the loop waits at most: nothing if a source is ready without epoll saying so. */
static int wait_timeout(const struct event_loop *loop)
{
	for (const struct event_source *source = loop->sources; source; source = source->next)
		if (source->always_ready && source->events)
			return 0;
	return -1;
}

/* Puts the sources that are always ready behind the `count` events in `batch`. */
static int add_always_ready(struct event_loop *loop, struct epoll_event *batch, int count)
{
	for (struct event_source *source = loop->sources; source && count < 2 * BATCH_SIZE;
	     source = source->next)
		if (source->always_ready && source->events)
			batch[count++] = (struct epoll_event){ .events = source->events,
							       .data.ptr = source };
	return count;
}

/* Waits once and handles what came. */
static int run_batch(struct event_loop *loop, struct error *err)
{
	struct epoll_event batch[2 * BATCH_SIZE];
	int count = epoll_wait(loop->epoll, batch, BATCH_SIZE, wait_timeout(loop));

	if (count < 0)
		return errno == EINTR ? 0 : error_errno(err, "cannot wait for events");
	count = add_always_ready(loop, batch, count);
	for (int i = 0; i < count && !loop->stop; i++) {
		struct event_source *source = batch[i].data.ptr;

		if (!source->removed && source->dispatch(source, batch[i].events, err) < 0)
			return -1;
	}
	return 0;
}

int event_loop_run(struct event_loop *loop, struct error *err)
{
	int result = 0;

	loop->running++;
	while (result == 0 && !loop->stop) {
		result = run_batch(loop, err);
		if (loop->running == 1)
			free_sources(&loop->removed);
	}
	loop->running--;
	loop->stop = false;
	return result;
}

void event_loop_stop(struct event_loop *loop)
{
	loop->stop = true;
}
