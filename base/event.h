/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event loop: descriptors, timers, and signals of one thread (epoll,
 * timerfd, signalfd). Handlers may add and remove sources, their own too.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

struct error;
struct event_loop;
struct event_source;

/* A negative return ends the loop with the handler's *err. */
typedef int (*event_fd_handler)(void *argument, int fd, uint32_t events, struct error *err);
typedef int (*event_timer_handler)(void *argument, struct error *err);
typedef int (*event_signal_handler)(void *argument, const struct signalfd_siginfo *info,
				    struct error *err);

struct event_loop *event_loop_new(struct error *err);
void event_loop_free(struct event_loop *loop);	/* and all its sources; NULL is fine */

/* Watches `fd` (borrowed: remove the source before closing it) for EPOLLIN and the like. */
struct event_source *event_add_fd(struct event_loop *loop, int fd, uint32_t events,
				  event_fd_handler handler, void *argument, struct error *err);
int event_change_fd(struct event_source *source, uint32_t events, struct error *err);
/* Calls once after `delay_ns`, and every `interval_ns` after that unless it is 0. */
struct event_source *event_add_timer(struct event_loop *loop, uint64_t delay_ns,
				     uint64_t interval_ns, event_timer_handler handler,
				     void *argument, struct error *err);
/* Blocks `signal` for the process and delivers it here. event_loop_free() does not unblock. */
struct event_source *event_add_signal(struct event_loop *loop, int signal,
				      event_signal_handler handler, void *argument,
				      struct error *err);
void event_remove(struct event_source *source);	/* NULL is fine; its handler is not called again */

/* Runs until event_loop_stop() or an error. */
int event_loop_run(struct event_loop *loop, struct error *err);
void event_loop_stop(struct event_loop *loop);

#endif
