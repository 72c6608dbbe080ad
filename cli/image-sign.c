/* SPDX-License-Identifier: Apache-2.0 */
/* proa image sign, image verify: signatures of images in a registry, by key. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/secret.h"
#include "registry/signing.h"

#define KEY_SIZE_MAX 65536

/* Of both commands. */
struct sign_args {
	const char *auth_file, *cert_dir, *creds, *key;
	bool tls_verify;
};

#define COMMON_OPTIONS                                                                      \
	OPTION_STRING(0, "authfile", "FILE", struct sign_args, auth_file,                   \
		      "Read registry credentials from this file"),                          \
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct sign_args, cert_dir,               \
		      "Registry certificates"),                                             \
	OPTION_STRING(0, "creds", "USER:PASSWORD", struct sign_args, creds,                 \
		      "Registry credentials"),                                              \
	OPTION_FLAG(0, "tls-verify", struct sign_args, tls_verify,                          \
		    "Check the registry's certificate (default true)")

static const struct option sign_options[] = {
	COMMON_OPTIONS,
	OPTION_STRING(0, "key", "FILE", struct sign_args, key, "The private key, PEM or cosign's"),
	OPTION_UNSUPPORTED_FLAG('a', "all"),
	OPTION_UNSUPPORTED('d', "directory", "DIRECTORY"),
	OPTION_UNSUPPORTED(0, "sign-by", "GPGKEY"),
	OPTION_END,
};

static const struct option verify_options[] = {
	COMMON_OPTIONS,
	OPTION_STRING(0, "key", "FILE", struct sign_args, key, "The public key, PEM"),
	OPTION_END,
};

static void sign_defaults(void *args)
{
	((struct sign_args *)args)->tls_verify = true;
}

static struct signing_request request_of(const struct sign_args *args)
{
	struct signing_request request = {
		.key = args->key,
		.tls = args->tls_verify ? REGISTRY_TLS_VERIFY : REGISTRY_TLS_INSECURE,
		.cert_dir = args->cert_dir,
		.credentials = { .given = args->creds, .auth_file = args->auth_file },
	};

	if (!request.credentials.auth_file)
		request.credentials.auth_file = getenv("REGISTRY_AUTH_FILE");
	return request;
}

static int check_key(const struct sign_args *args, struct error *err)
{
	return args->key ? 0 : error_set(err, ERROR_USAGE, "which key? --key FILE is needed");
}

/* Every kind of enciphered PEM says so: PKCS #8, the older form, cosign's. */
static int is_enciphered(const char *path, bool *ret_enciphered, struct error *err)
{
	struct buffer pem = { 0 };
	int result = file_read(AT_FDCWD, path, KEY_SIZE_MAX, &pem, err);

	*ret_enciphered = result == 0 && pem.data && strstr(pem.data, "ENCRYPTED");
	if (pem.data)
		explicit_bzero(pem.data, pem.room);
	buffer_release(&pem);
	return result;
}

/* The key's passphrase, or NULL where it has none: from COSIGN_PASSWORD, which cosign reads, or
 * from the terminal. */
static int get_passphrase(const struct sign_args *args, char **ret_passphrase, struct error *err)
{
	const char *set = getenv("COSIGN_PASSWORD");
	auto_free char *prompt = NULL;
	bool enciphered;

	if (is_enciphered(args->key, &enciphered, err) < 0)
		return -1;
	if (!enciphered)
		return 0;
	if (set) {
		*ret_passphrase = xstrdup(set);
		return 0;
	}
	if (!isatty(STDIN_FILENO))
		return error_set(err, ERROR_OTHER, "the key '%s' needs a passphrase: set "
				 "COSIGN_PASSWORD, or use a terminal", args->key);
	prompt = xasprintf("Passphrase of %s: ", args->key);
	*ret_passphrase = secret_ask(prompt, false, err);
	return *ret_passphrase ? 0 : -1;
}

static int print_digest(const struct reference *reference, const struct digest *digest)
{
	auto_free char *name = reference_name_familiar(reference);

	printf("%s@sha256:%s\n", name, digest->hex);
	fflush(stdout);
	return 0;
}

typedef int (*image_verb)(struct signing_request *request, struct error *err);

static int sign_one(struct signing_request *request, struct error *err)
{
	struct digest digest;
	bool is_new;

	if (registry_sign(request, &digest, &is_new, err) < 0)
		return -1;
	return print_digest(&request->reference, &digest);
}

static int verify_one(struct signing_request *request, struct error *err)
{
	struct digest digest;

	if (registry_verify(request, &digest, err) < 0)
		return -1;
	return print_digest(&request->reference, &digest);
}

/* Each of the images, whatever happens to the others. */
static int each_image(char *const *names, struct signing_request *request, image_verb verb)
{
	int status = 0;

	for (; *names; names++) {
		auto_error err = { 0 };

		if (reference_parse(*names, &request->reference, &err) < 0 ||
		    verb(request, &err) < 0) {
			report_error(&err);
			status = 1;
		}
		reference_release(&request->reference);
	}
	return status;
}

static int sign_run(const struct invocation *invocation, struct error *err)
{
	const struct sign_args *args = invocation->args;
	struct signing_request request = request_of(args);
	auto_secret char *passphrase = NULL;

	if (check_key(args, err) < 0 || get_passphrase(args, &passphrase, err) < 0)
		return -1;
	request.passphrase = passphrase;
	return each_image(invocation->operands, &request, sign_one);
}

static int verify_run(const struct invocation *invocation, struct error *err)
{
	const struct sign_args *args = invocation->args;
	struct signing_request request = request_of(args);

	if (check_key(args, err) < 0)
		return -1;
	return each_image(invocation->operands, &request, verify_one);
}

const struct command command_image_sign = {
	.name = "sign",
	.group = "image",
	.operands = "IMAGE [IMAGE...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Sign images in a registry",
	.examples = "  proa image sign --key cosign.key registry.example/app:1\n",
	.options = sign_options,
	.args_size = sizeof(struct sign_args),
	.defaults = sign_defaults,
	.run = sign_run,
};

const struct command command_image_verify = {
	.name = "verify",
	.group = "image",
	.operands = "IMAGE [IMAGE...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Check that images in a registry are signed",
	.examples = "  proa image verify --key cosign.pub registry.example/app:1\n",
	.options = verify_options,
	.args_size = sizeof(struct sign_args),
	.defaults = sign_defaults,
	.run = verify_run,
};
