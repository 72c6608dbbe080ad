/* SPDX-License-Identifier: Apache-2.0 */
/* proa login: credentials for a registry, tried there and then kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/secret.h"
#include "registry/login.h"

struct login_args {
	const char *auth_file, *compat_auth_file, *cert_dir, *user, *password;
	bool get_login, password_stdin, tls_verify, verbose;
};

static const struct option login_options[] = {
	OPTION_STRING(0, "authfile", "FILE", struct login_args, auth_file,
		      "Keep the login in this file"),
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct login_args, cert_dir,
		      "Registry certificates"),
	OPTION_STRING(0, "compat-auth-file", "FILE", struct login_args, compat_auth_file,
		      "The same as --authfile, by the name that podman has for docker's format"),
	OPTION_FLAG(0, "get-login", struct login_args, get_login,
		    "Only print the name of who is logged in"),
	OPTION_STRING('p', "password", "PASSWORD", struct login_args, password,
		      "The password (others can see it; better use --password-stdin)"),
	OPTION_FLAG(0, "password-stdin", struct login_args, password_stdin,
		    "Read the password from standard input"),
	OPTION_FLAG(0, "tls-verify", struct login_args, tls_verify,
		    "Check the registry's certificate (default true)"),
	OPTION_STRING('u', "username", "NAME", struct login_args, user, "The user's name"),
	OPTION_FLAG('v', "verbose", struct login_args, verbose, "Tell where the login is kept"),
	OPTION_UNSUPPORTED(0, "secret", "NAME"),
	OPTION_END,
};

static void login_defaults(void *args)
{
	((struct login_args *)args)->tls_verify = true;
}

static int check(const struct login_args *args, struct error *err)
{
	if (args->password && args->password_stdin)
		return error_set(err, ERROR_USAGE,
				 "--password and --password-stdin are mutually exclusive");
	if (args->password_stdin && is_empty(args->user))
		return error_set(err, ERROR_USAGE, "Must provide --username with --password-stdin");
	if (args->auth_file && args->compat_auth_file)
		return error_set(err, ERROR_USAGE,
				 "--authfile and --compat-auth-file are mutually exclusive");
	return 0;
}

static const char *auth_file_of(const struct login_args *args)
{
	const char *set = getenv("REGISTRY_AUTH_FILE");

	if (args->auth_file)
		return args->auth_file;
	if (args->compat_auth_file)
		return args->compat_auth_file;
	return is_empty(set) ? NULL : set;
}

static int needs_terminal(struct error *err)
{
	return error_set(err, ERROR_OTHER, "Cannot perform an interactive login from a non TTY "
			 "device; use --username and --password-stdin");
}

static char *ask_user(struct error *err)
{
	auto_free char *name = secret_ask("Username: ", true, err);

	if (name && !*name) {
		error_set(err, ERROR_OTHER, "a user name is needed");
		return NULL;
	}
	return take_ptr(&name);
}

/* The password by the way that was chosen; new string. */
static char *get_password(const struct login_args *args, struct error *err)
{
	auto_secret char *password = NULL;

	if (args->password_stdin)
		password = secret_read_stdin(err);
	else if (args->password)
		password = xstrdup(args->password);
	else
		password = secret_ask("Password: ", false, err);
	if (password && !*password) {
		error_set(err, ERROR_OTHER, "a password is needed");
		return NULL;
	}
	return take_ptr(&password);
}

/* What `ps` shows of us from now on has no password. */
static void hide_argument(const struct login_args *args)
{
	if (args->password)
		explicit_bzero((char *)args->password, strlen(args->password));
}

static int succeed(const struct login_args *args, const struct login_result *result)
{
	if (result->path && !result->helper)
		fprintf(stderr, "WARNING! Your credentials are stored unencrypted in '%s'.\n"
			"A credential helper (docker-credential-...) would keep them safer; "
			"see proa-login(1).\n", result->path);
	if (args->verbose && result->path)
		fprintf(stderr, "Used: %s\n", result->helper ? result->helper : result->path);
	puts("Login Succeeded");
	return 0;
}

/* 1 when the login that is kept still is good, 0 when there is none (any more), -1. */
static int try_kept(const struct login_args *args, const struct login_request *request,
		    struct error *err)
{
	auto_release(login_result) struct login_result result = { 0 };

	if (args->user || args->password)
		return 0;
	if (registry_login(request, &result, err) == 0) {
		printf("Authenticating with existing credentials... [Username: %s]\n",
		       result.user ? result.user : "<token>");
		succeed(args, &result);
		return 1;
	}
	if (err->kind != ERROR_NOT_FOUND && err->kind != ERROR_UNAUTHORIZED)
		return -1;
	error_release(err);
	return 0;
}

static int print_name(const struct login_request *request, struct error *err)
{
	auto_release(login_result) struct login_result result = { 0 };

	if (registry_login_name(request, &result, err) < 0)
		return -1;
	puts(result.user);
	return 0;
}

static int login_as(const struct login_args *args, struct login_request *request,
		    struct error *err)
{
	auto_release(login_result) struct login_result result = { 0 };
	auto_free char *user = NULL;
	auto_secret char *password = NULL;

	if ((!args->user || (!args->password && !args->password_stdin)) && !isatty(STDIN_FILENO))
		return needs_terminal(err);
	user = args->user ? xstrdup(args->user) : ask_user(err);
	password = user ? get_password(args, err) : NULL;
	if (!password)
		return -1;
	hide_argument(args);
	request->user = user;
	request->password = password;
	if (registry_login(request, &result, err) < 0)
		return -1;
	return succeed(args, &result);
}

static int login_run(const struct invocation *invocation, struct error *err)
{
	const struct login_args *args = invocation->args;
	struct login_request request = {
		.server = invocation->operands[0],
		.auth_file = auth_file_of(args),
		.tls = args->tls_verify ? REGISTRY_TLS_VERIFY : REGISTRY_TLS_INSECURE,
		.cert_dir = args->cert_dir,
	};
	int done;

	if (check(args, err) < 0)
		return -1;
	if (args->get_login)
		return print_name(&request, err);
	if (args->password)
		fputs("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n",
		      stderr);
	done = try_kept(args, &request, err);
	if (done != 0)
		return done < 0 ? -1 : 0;
	return login_as(args, &request, err);
}

const struct command command_login = {
	.name = "login",
	.operands = "[REGISTRY]",
	.operands_max = 1,
	.summary = "Log in at a registry",
	.examples = "  proa login -u me --password-stdin registry.example:5000 <password\n"
		    "  proa login quay.io/team\n",
	.options = login_options,
	.args_size = sizeof(struct login_args),
	.defaults = login_defaults,
	.run = login_run,
};
