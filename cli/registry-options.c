/* SPDX-License-Identifier: Apache-2.0 */
/* Options of commands that talk to a registry. */
#include "cli/registry-options.h"

#include <stdlib.h>

const struct option registry_options[] = {
	OPTION_STRING(0, "authfile", "FILE", struct registry_args, auth_file,
		      "Read registry credentials from this file"),
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct registry_args, cert_dir,
		      "Registry certificates"),
	OPTION_STRING(0, "creds", "USER:PASSWORD", struct registry_args, creds,
		      "Registry credentials"),
	OPTION_FLAG(0, "insecure", struct registry_args, insecure,
		    "Take any certificate, and plain HTTP"),
	OPTION_FLAG(0, "tls-verify", struct registry_args, tls_verify,
		    "Check the registry's certificate (default true)"),
	OPTION_END,
};

void registry_args_defaults(void *args)
{
	((struct registry_args *)args)->tls_verify = true;
}

struct registry_access registry_args_access(const struct registry_args *args)
{
	bool insecure = args->insecure || !args->tls_verify;

	return (struct registry_access){
		.tls = insecure ? REGISTRY_TLS_INSECURE : REGISTRY_TLS_VERIFY,
		.cert_dir = args->cert_dir,
		.credentials = {
			.given = args->creds,
			.auth_file = args->auth_file ? args->auth_file :
						       getenv("REGISTRY_AUTH_FILE"),
		},
	};
}
