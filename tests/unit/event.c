/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop, with handlers that remove sources, their own too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/event.h"

#define PIPES 8

/* What handlers share. */
struct scene {
	struct event_loop *loop;
	struct event_source *sources[PIPES];
	int ends[PIPES][2];
	int calls;
	int stop_after;
};

static int make_scene(void **state)
{
	static struct scene scene;
	struct error err = { 0 };

	scene = (struct scene){ .loop = event_loop_new(&err), .stop_after = 1 };
	for (int i = 0; i < PIPES; i++)
		if (pipe2(scene.ends[i], O_CLOEXEC | O_NONBLOCK) < 0)
			return -1;
	*state = &scene;
	return scene.loop ? 0 : -1;
}

static int free_scene(void **state)
{
	struct scene *scene = *state;

	event_loop_free(scene->loop);
	for (int i = 0; i < PIPES; i++) {
		close(scene->ends[i][0]);
		close(scene->ends[i][1]);
	}
	return 0;
}

static void count_call(struct scene *scene)
{
	if (++scene->calls == scene->stop_after)
		event_loop_stop(scene->loop);
}

static int read_one(void *argument, int fd, uint32_t events, struct error *err)
{
	char c;

	(void)err;
	assert_true(events & EPOLLIN);
	assert_int_equal(read(fd, &c, 1), 1);
	count_call(argument);
	return 0;
}

static void input_is_handed_over(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	scene->stop_after = 3;
	assert_non_null(event_add_fd(scene->loop, scene->ends[0][0], EPOLLIN, read_one, scene,
				     &err));
	assert_int_equal(write(scene->ends[0][1], "abc", 3), 3);
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 3);
}

/* Removes every source: whichever comes first, no other may be called. */
static int remove_all(void *argument, int fd, uint32_t events, struct error *err)
{
	struct scene *scene = argument;

	(void)fd;
	(void)events;
	(void)err;
	for (int i = 0; i < PIPES; i++) {
		event_remove(scene->sources[i]);
		scene->sources[i] = NULL;
	}
	count_call(scene);
	return 0;
}

static int stop_at_tick(void *argument, struct error *err)
{
	(void)err;
	count_call(argument);
	return 0;
}

static int just_stop(void *argument, struct error *err)
{
	struct scene *scene = argument;

	(void)err;
	event_loop_stop(scene->loop);
	return 0;
}

static void removed_sources_are_not_called(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	for (int i = 0; i < PIPES; i++) {
		scene->sources[i] = event_add_fd(scene->loop, scene->ends[i][0], EPOLLIN,
						 remove_all, scene, &err);
		assert_int_equal(write(scene->ends[i][1], "x", 1), 1);
	}
	scene->stop_after = 1000;
	assert_non_null(event_add_timer(scene->loop, 1000000, 0, just_stop, scene, &err));
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 1);
}

static void stop_before_the_run_holds(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	assert_non_null(event_add_timer(scene->loop, 0, 0, stop_at_tick, scene, &err));
	event_loop_stop(scene->loop);
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 0);
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 1);
}

static int fail_at_tick(void *argument, struct error *err)
{
	(void)argument;
	return error_set(err, ERROR_OTHER, "ticked");
}

static int remove_own_timer(void *argument, struct error *err)
{
	struct scene *scene = argument;

	event_remove(scene->sources[0]);
	scene->sources[0] = event_add_timer(scene->loop, 0, 0, stop_at_tick, scene, err);
	return scene->sources[0] ? 0 : -1;
}

static void timer_replaces_itself(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	scene->sources[0] = event_add_timer(scene->loop, 1000, 1000, remove_own_timer, scene, &err);
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 1);
}

static void timer_comes_again(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	scene->stop_after = 3;
	assert_non_null(event_add_timer(scene->loop, 0, 1000, stop_at_tick, scene, &err));
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 3);
}

static void error_ends_the_loop(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	assert_non_null(event_add_timer(scene->loop, 0, 0, fail_at_tick, NULL, &err));
	assert_int_equal(event_loop_run(scene->loop, &err), -1);
	assert_string_equal(err.message, "ticked");
	error_release(&err);
}

static int take_signal(void *argument, const struct signalfd_siginfo *info, struct error *err)
{
	(void)err;
	assert_int_equal(info->ssi_signo, SIGUSR1);
	assert_int_equal(info->ssi_pid, getpid());
	count_call(argument);
	return 0;
}

static void signal_is_delivered(void **state)
{
	struct scene *scene = *state;
	struct event_source *source;
	struct error err = { 0 };

	source = event_add_signal(scene->loop, SIGUSR1, take_signal, scene, &err);
	assert_non_null(source);
	kill(getpid(), SIGUSR1);
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 1);
	event_remove(source);
	event_remove(NULL);
}

static int read_to_end(void *argument, int fd, uint32_t events, struct error *err)
{
	struct scene *scene = argument;
	char c;

	(void)events;
	(void)err;
	assert_int_equal(read(fd, &c, 1), 0);
	event_remove(scene->sources[0]);
	count_call(scene);
	return 0;
}

static void file_that_epoll_refuses_is_always_ready(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };
	auto_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	scene->stop_after = 2;
	scene->sources[0] = event_add_fd(scene->loop, null, 0, read_to_end, scene, &err);
	assert_non_null(scene->sources[0]);
	/* Without events it keeps still, and the loop waits for the timer. */
	assert_non_null(event_add_timer(scene->loop, 1000, 0, stop_at_tick, scene, &err));
	scene->stop_after = 1;
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(event_change_fd(scene->sources[0], EPOLLIN, &err), 0);
	scene->stop_after = 2;
	assert_int_equal(event_loop_run(scene->loop, &err), 0);
	assert_int_equal(scene->calls, 2);
}

static void bad_descriptor_is_an_error(void **state)
{
	struct scene *scene = *state;
	struct error err = { 0 };

	assert_null(event_add_fd(scene->loop, -1, EPOLLIN, read_one, scene, &err));
	assert_int_equal(err.kind, ERROR_ERRNO);
	event_loop_free(NULL);
	error_release(&err);
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, make_scene, free_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(input_is_handed_over),
		SCENE_TEST(removed_sources_are_not_called),
		SCENE_TEST(stop_before_the_run_holds),
		SCENE_TEST(timer_replaces_itself),
		SCENE_TEST(timer_comes_again),
		SCENE_TEST(error_ends_the_loop),
		SCENE_TEST(signal_is_delivered),
		SCENE_TEST(file_that_epoll_refuses_is_always_ready),
		SCENE_TEST(bad_descriptor_is_an_error),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
