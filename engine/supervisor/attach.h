/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching: the protocol between a supervisor and its clients, and the client's side.
 *
 * A stream socket (<runroot>/<id>/attach.sock, 0600 in a 0700 directory, peer uid checked) with
 * frames of one type byte, three zero bytes, a length of four bytes (big-endian, at most
 * ATTACH_FRAME_MAX), and the content. The supervisor sends everything that was written before it
 * sends ATTACH_EXIT.
 */
#ifndef ENGINE_SUPERVISOR_ATTACH_H
#define ENGINE_SUPERVISOR_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

struct container;
struct engine;
struct error;

#define ATTACH_FRAME_MAX 65536

enum attach_frame {
	ATTACH_STDIN = 0,	/* to the container; empty: end of input */
	ATTACH_STDOUT = 1,
	ATTACH_STDERR = 2,
	ATTACH_RESIZE = 3,	/* rows, columns: two big-endian u16 */
	ATTACH_EXIT = 4,	/* exit code, u8; then u8 1 unless a restart follows; sent after the
				 * container's record (and removal, with --rm) is complete */
	ATTACH_WATCH = 5,	/* to the supervisor: send no output, only ATTACH_EXIT: u8 0 at the
				 * program's next end, 1 at the container's last (no restart
				 * follows) */
};

/* Connects to a running container. ERROR_NOT_FOUND when nobody listens. */
int attach_connect(struct engine *engine, const struct container *container, struct error *err);

/* Waits on a fresh connection for the end of the program, or with `last` for that of the
 * container, in *ret_exit_code. -1 when the supervisor went without saying: no error. */
int attach_watch(int socket, bool last, int *ret_exit_code);

/* What happens between the user's terminal and a program: a container's (over a socket) or an
 * exec'd process's (over its own descriptors). */
struct attach_options {
	bool stdin_attached, stdout_attached, stderr_attached;
	bool tty;	/* the program has a terminal: raw mode here, resize, detach keys */
	const char *detach_keys;	/* NULL: ctrl-p,ctrl-q */
	bool sig_proxy;			/* forward signals to `signal_pidfd` */
	int signal_pidfd;		/* borrowed, or -1 */
};
enum attach_end { ATTACH_ENDED, ATTACH_DETACHED };

/* Moves bytes until the container ends or the user detaches. Restores the terminal whatever
 * happens. *ret_exit_code is set for ATTACH_ENDED; a supervisor that vanishes is code 137 and an
 * error. */
int attach_run(int socket, const struct attach_options *options, enum attach_end *ret_end,
	       int *ret_exit_code, struct error *err);

/* "ctrl-p,ctrl-q" -> bytes (at most 16). ERROR_USAGE for an invalid item. */
int detach_keys_parse(const char *text, uint8_t ret_keys[16], unsigned int *ret_count,
		      struct error *err);

#endif
