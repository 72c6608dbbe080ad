/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A helper is run with one of three words: get and erase read a server's name from
 * standard input, store reads a JSON object; get answers with one. It fails with a
 * text of which only the "not found" is agreed upon. It may ask the user for a
 * passphrase in a window of its own, so it gets a minute.
 */
#include "registry/credential-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/process.h"
#include "base/strings.h"
#include "registry/credentials.h"

#define HELPER_NAME_MAX 64
#define HELPER_OUTPUT_MAX 65536
#define HELPER_TIMEOUT_NS (60 * NS_PER_SECOND)
#define HELPER_NOT_FOUND "credentials not found in native keychain"
#define TOKEN_USER "<token>"	/* the name that marks a secret as an identity token */

static bool is_helper_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return *name && strlen(name) <= HELPER_NAME_MAX && name[strspn(name, allowed)] == '\0';
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The program in the user's PATH, parts that are not absolute left out; NULL if there is none. */
static char *find_helper(const char *program)
{
	auto_release(strings) struct strings folders = { 0 };
	const char *path = getenv("PATH");

	strings_split(&folders, path ? path : "", ':');
	for (size_t i = 0; i < folders.count; i++) {
		auto_free char *candidate = xasprintf("%s/%s", folders.items[i], program);

		if (folders.items[i][0] == '/' && is_program(candidate))
			return take_ptr(&candidate);
	}
	return NULL;
}

/* Reads until the end, a deadline, or too much. */
static int gather_output(int fd, struct buffer *output, struct error *err)
{
	int64_t deadline = clock_monotonic() + HELPER_TIMEOUT_NS;

	output->max = HELPER_OUTPUT_MAX;
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_monotonic();
		char data[4096];
		ssize_t size;
		int ready;

		ready = left > 0 ? poll(&wait, 1, (int)(left / 1000000) + 1) : 0;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return error_set(err, ERROR_OTHER, "no answer for 60 seconds");
		size = read(fd, data, sizeof(data));
		if (size < 0)
			return error_errno(err, "cannot read its answer");
		if (size == 0)
			return 0;
		if (buffer_append(output, data, size, err) < 0)
			return -1;
		explicit_bzero(data, sizeof(data));
	}
}

/* A file without a name, to be read from its beginning: nothing waits for a reader here, and
 * no secret gets to a disk. */
static int input_file(const char *text, struct error *err)
{
	auto_fd int fd = memfd_create("credentials", MFD_CLOEXEC);

	if (fd < 0 || fd_write_full(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot write its input");
	return take_fd(&fd);
}

/* Runs `program verb` with `input`. *ret_status is its wait status. */
static int run_program(const char *program, const char *verb, const char *input,
		       struct buffer *output, int *ret_status, struct error *err)
{
	const char *const argv[] = { program, verb, NULL };
	auto_fd int question = input_file(input, err), answer = -1, answer_write = -1;
	struct process process = PROCESS_NONE;
	struct spawn spawn = { .argv = argv, .environment = (const char *const *)environ,
			       .die_with_parent = true };

	if (question < 0 || fd_pipe(&answer, &answer_write, err) < 0)
		return -1;
	spawn.stdin_fd = question;
	spawn.stdout_fd = answer_write;
	if (process_spawn(&spawn, &process, err) < 0)
		return -1;
	close(take_fd(&answer_write));
	if (gather_output(answer, output, err) < 0) {
		process_kill(&process);
		return -1;
	}
	return process_wait(&process, ret_status, err);
}

static int decode_answer(const struct buffer *output, struct credentials *ret_credentials,
			 struct error *err)
{
	auto_json json_t *answer = json_parse(output->data, output->size, "its answer", err);
	const char *user = NULL, *secret = NULL;
	json_error_t at;

	if (!answer)	/* the parser's message could quote the secret */
		return error_set(err, ERROR_INVALID, "its answer is no valid JSON");
	if (json_unpack_ex(answer, &at, 0, "{s:s, s:s}", "Username", &user, "Secret", &secret) < 0)
		return error_set(err, ERROR_INVALID, "its answer has no Username and Secret");
	if (!*user && !*secret)
		return 0;
	if (!strcmp(user, TOKEN_USER)) {
		ret_credentials->identity_token = xstrdup(secret);
	} else {
		ret_credentials->user = xstrdup(user);
		ret_credentials->password = xstrdup(secret);
	}
	return 1;
}

static int failed_answer(const struct buffer *output, int status, struct error *err)
{
	auto_free char *text = xstrndup(output->data ? output->data : "",
					output->size < 200 ? output->size : 200);
	auto_free char *shown = NULL;

	text[strcspn(text, "\r\n")] = '\0';
	if (strstr(text, HELPER_NOT_FOUND))
		return 0;
	shown = printable(text);
	return error_set(err, ERROR_OTHER, "it ended with status %d%s%s",
			 process_exit_code(status), *shown ? ": " : "", shown);
}

/* Runs the helper. 1 with its answer in *output, 0 when it does not know the server, -1. */
static int ask(const char *helper, const char *verb, const char *input, struct buffer *output,
	       struct error *err)
{
	auto_free char *program = xasprintf("docker-credential-%s", helper);
	auto_free char *path = NULL;
	int status = 0, result;

	if (!is_helper_name(helper)) {
		auto_free char *shown = printable(helper);

		return error_set(err, ERROR_INVALID, "'%.100s' is no name of a credential helper", shown);
	}
	path = find_helper(program);
	if (!path)
		return error_set(err, ERROR_NOT_FOUND,
				 "'%s' is not in PATH; install it, or take it out of that file", program);
	result = run_program(path, verb, input, output, &status, err);
	if (result == 0)
		result = status ? failed_answer(output, status, err) : 1;
	return result < 0 ? error_context(err, "cannot ask '%s'", program) : result;
}

static void wipe(struct buffer *output)
{
	if (output->data)
		explicit_bzero(output->data, output->room);
	buffer_release(output);
}

int credential_helper_get(const char *helper, const char *server,
			  struct credentials *ret_credentials, struct error *err)
{
	auto_free char *input = xasprintf("%s\n", server);
	struct buffer output = { 0 };
	int result = ask(helper, "get", input, &output, err);

	if (result == 1) {
		result = decode_answer(&output, ret_credentials, err);
		if (result < 0)
			error_context(err, "cannot ask 'docker-credential-%s'", helper);
	}
	wipe(&output);
	return result;
}

int credential_helper_store(const char *helper, const char *server,
			    const struct credentials *credentials, struct error *err)
{
	bool token = !is_empty(credentials->identity_token);
	auto_json json_t *question = json_pack(
		"{s:s, s:s, s:s}", "ServerURL", server, "Username",
		token ? TOKEN_USER : credentials->user, "Secret",
		token ? credentials->identity_token : credentials->password);
	char *input = question ? json_dumps(question, JSON_COMPACT) : NULL;
	struct buffer output = { 0 };
	int result;

	if (!input)
		return error_set(err, ERROR_INVALID, "the user name or the password is not UTF-8");
	result = ask(helper, "store", input, &output, err);
	explicit_bzero(input, strlen(input));
	free(input);
	wipe(&output);
	return result < 0 ? -1 : 0;
}

int credential_helper_erase(const char *helper, const char *server, struct error *err)
{
	auto_free char *input = xasprintf("%s\n", server);
	struct buffer output = { 0 };
	int result = ask(helper, "erase", input, &output, err);

	wipe(&output);
	return result < 0 ? -1 : 0;
}
