# SPDX-License-Identifier: Apache-2.0
#
# The registry client. What links libcurl and libcrypto is the module registry.so, loaded
# when something is pulled (base/module.h); the program itself links the loader only.

noinst_LIBRARIES += registry/libregistry.a registry/libregistryload.a

registry_libregistry_a_SOURCES = \
	registry/access.c registry/access.h \
	registry/address.c registry/address.h \
	registry/archive.h \
	registry/auth-edit.c registry/auth-edit.h \
	registry/artifact-add.c \
	registry/artifact-files.c registry/artifact-files.h \
	registry/artifact-transfer.c \
	registry/artifact.h registry/artifact-inside.h \
	registry/auth-file.c registry/auth-file.h \
	registry/auth-keys.c registry/auth-keys.h \
	registry/base64.c registry/base64.h \
	registry/blob-pipe.c registry/blob-pipe.h \
	registry/certificates.c registry/certificates.h \
	registry/challenge.c registry/challenge.h \
	registry/client.c registry/client.h registry/session.h \
	registry/credential-helper.c registry/credential-helper.h \
	registry/credential-places.c registry/credential-places.h \
	registry/credentials.c registry/credentials.h \
	registry/document.c \
	registry/download.c registry/download.h \
	registry/exchange.c registry/exchange.h \
	registry/failure.c registry/failure.h \
	registry/fetch-url.c registry/fetch-url.h \
	registry/headers.c registry/headers.h \
	registry/list-artifact.c registry/list-artifact.h \
	registry/list-change.c \
	registry/list-members.c registry/list-members.h \
	registry/list-push.c \
	registry/list-show.c \
	registry/manifest-copy.c registry/manifest-copy.h \
	registry/manifest-list.h registry/manifest-list-inside.h \
	registry/interrupt.c registry/interrupt.h \
	registry/login.c registry/login.h registry/login-result.c \
	registry/login-check.c registry/login-check.h \
	registry/policy.c registry/policy.h \
	registry/policy-decode.c registry/policy-edit.c registry/policy-identity.c \
	registry/patience.c registry/patience.h \
	registry/proxy.c registry/proxy.h \
	registry/pull.c registry/pull.h registry/pull-image.h \
	registry/pull-session.c registry/pull-session.h \
	registry/registries-conf.c registry/registries-conf.h \
	registry/registry-endpoints.c \
	registry/push.c registry/push.h registry/push-image.h registry/push-internal.h \
	registry/push-layer.c \
	registry/push-source.c \
	registry/relay.c registry/relay.h \
	registry/referrers.c registry/referrers.h \
	registry/response.c registry/response.h \
	registry/settings.c registry/settings.h \
	registry/search.c registry/search.h registry/search-result.c \
	registry/secretbox.c registry/secretbox.h \
	registry/signature.c registry/signature.h \
	registry/signature-box.c registry/signature-box.h \
	registry/signature-key.c registry/signature-key.h \
	registry/signature-list.c registry/signature-list.h \
	registry/signature-manifest.c registry/signature-manifest.h \
	registry/signing.c registry/signing.h \
	registry/tags.c registry/tags.h \
	registry/token.c registry/token.h \
	registry/transfer.c registry/transfer.h \
	registry/transport.c registry/transport.h \
	registry/trust.c registry/trust.h \
	registry/upload.c registry/upload.h registry/upload-internal.h \
	registry/upload-document.c \
	registry/upload-source.c \
	registry/upload-steps.c \
	registry/url.c registry/url.h

registry_libregistryload_a_SOURCES = registry/loader.c registry/login-result.c \
	registry/registries-conf.c registry/registry-endpoints.c \
	registry/base64.c registry/policy.c registry/policy-decode.c registry/policy-edit.c \
	registry/policy-identity.c registry/search-result.c

registry_libs = registry/libregistry.a image/liblayer.a image/libimage.a base/libsha256.a \
	base/libbase.a $(CURL_LIBS) $(CRYPTO_LIBS) $(ZSTD_LIBS) $(LZMA_LIBS) $(INFLATE_LIBS) $(JANSSON_LIBS)

module_PROGRAMS += registry/registry.so
registry_registry_so_SOURCES = registry/module.c registry/module.h
registry_registry_so_LDFLAGS = $(module_link_flags)
registry_registry_so_LDADD = $(registry_libs)

unit_tests += \
	tests/unit/address \
	tests/unit/auth-keys \
	tests/unit/blob-pipe \
	tests/unit/challenge \
	tests/unit/credentials \
	tests/unit/headers \
	tests/unit/registries-conf \
	tests/unit/policy \
	tests/unit/signature \
	tests/unit/url

tests_unit_address_SOURCES = tests/unit/address.c
tests_unit_address_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_auth_keys_SOURCES = tests/unit/auth-keys.c tests/unit/scratch.h
tests_unit_auth_keys_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_blob_pipe_SOURCES = tests/unit/blob-pipe.c tests/unit/scratch.h
tests_unit_blob_pipe_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_challenge_SOURCES = tests/unit/challenge.c
tests_unit_challenge_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_credentials_SOURCES = tests/unit/credentials.c tests/unit/scratch.h
tests_unit_credentials_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_headers_SOURCES = tests/unit/headers.c
tests_unit_headers_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_registries_conf_SOURCES = tests/unit/registries-conf.c tests/unit/scratch.h
tests_unit_registries_conf_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_policy_SOURCES = tests/unit/policy.c tests/unit/scratch.h
tests_unit_policy_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_signature_SOURCES = tests/unit/signature.c tests/unit/scratch.h
tests_unit_signature_LDADD = $(registry_libs) $(CMOCKA_LIBS)
tests_unit_url_SOURCES = tests/unit/url.c
tests_unit_url_LDADD = $(registry_libs) $(CMOCKA_LIBS)

fuzz_targets += tests/fuzz/challenge
tests_fuzz_challenge_SOURCES = tests/fuzz/challenge.c tests/fuzz/main.c tests/fuzz/fuzz.h
tests_fuzz_challenge_LDADD = $(registry_libs)

fuzz_targets += tests/fuzz/policy tests/fuzz/signature
tests_fuzz_policy_SOURCES = tests/fuzz/policy.c tests/fuzz/main.c tests/fuzz/fuzz.h
tests_fuzz_policy_LDADD = $(registry_libs)
tests_fuzz_signature_SOURCES = tests/fuzz/signature.c tests/fuzz/main.c tests/fuzz/fuzz.h
tests_fuzz_signature_LDADD = $(registry_libs)

fuzz_targets += tests/fuzz/headers
tests_fuzz_headers_SOURCES = tests/fuzz/headers.c tests/fuzz/main.c tests/fuzz/fuzz.h
tests_fuzz_headers_LDADD = $(registry_libs)
