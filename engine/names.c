/* SPDX-License-Identifier: Apache-2.0 */
/* Names of containers: their grammar, their files, and inventing them. */
#include "engine/names.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/random.h"
#include "engine/container-config.h"
#include "engine/engine.h"

#define NAMES_DIR "names"
#define LOCK_FILE ".lock"

static const char *const adjectives[] = {
	"able",	    "amber",   "bold",	 "brave",   "breezy",  "bright", "brisk",  "calm",
	"candid",   "clever",  "cosy",	 "crisp",   "curious", "daring", "deft",   "eager",
	"early",    "earnest", "fair",	 "fluent",  "fond",    "frank",	 "gentle", "glad",
	"golden",   "hardy",   "hearty", "honest",  "humble",  "jolly",	 "keen",   "kind",
	"lively",   "lucid",   "mellow", "merry",   "mighty",  "modest", "neat",   "nimble",
	"patient",  "placid",  "plucky", "polite",  "proud",   "quick",	 "quiet",  "ready",
	"serene",   "sharp",   "silent", "sincere", "smooth",  "snug",	 "spry",   "steady",
	"stoic",    "sunny",   "swift",	 "tender",  "tidy",    "upbeat", "vivid",  "witty",
};

static const char *const surnames[] = {
	"abel",	     "agnesi",	 "ampere",    "arber",	   "archimedes", "avogadro", "babbage",
	"banach",    "bernoulli", "bohr",     "boole",	   "born",	 "bose",     "brahe",
	"brouwer",   "cantor",	 "carson",    "cauchy",	   "chandra",	 "chern",    "church",
	"clarke",    "curie",	 "darwin",    "dijkstra",  "dirac",	 "einstein", "erdos",
	"euclid",    "euler",	 "faraday",   "fermat",	   "fermi",	 "feynman",  "floyd",
	"fourier",   "franklin", "galileo",   "galois",	   "gauss",	 "germain",  "godel",
	"hamilton",  "hawking",	 "heisenberg", "hertz",	   "hilbert",	 "hoare",    "hodgkin",
	"hopper",    "hubble",	 "humboldt",  "hypatia",   "johnson",	 "joule",    "kepler",
	"khorana",   "knuth",	 "kovalevskaya", "lagrange", "lamarr",	 "laplace",  "leavitt",
	"leibniz",   "linnaeus", "lovelace",  "mach",	   "markov",	 "maxwell",  "mccarthy",
	"mcclintock", "meitner", "mendel",    "mendeleev", "mirzakhani", "napier",   "newton",
	"nightingale", "noether", "pascal",   "pasteur",   "pauli",	 "peano",    "planck",
	"poincare",  "ptolemy",	 "raman",     "ramanujan", "riemann",	 "ritchie",  "rutherford",
	"sagan",     "shannon",	 "sinoussi",  "somerville", "tarski",	 "tesla",    "thompson",
	"torvalds",  "turing",	 "volta",     "wiles",	   "wilson",	 "yalow",    "yonath",
};

char *container_generate_name(void)
{
	return xasprintf("%s_%s", adjectives[random_u32() % ARRAY_SIZE(adjectives)],
			 surnames[random_u32() % ARRAY_SIZE(surnames)]);
}

int container_check_name(const char *name, struct error *err)
{
	size_t length = strlen(name);
	bool valid = length > 0 && length <= CONTAINER_NAME_MAX && isalnum((unsigned char)name[0]);

	for (size_t i = 1; valid && i < length; i++)
		valid = isalnum((unsigned char)name[i]) || strchr("_.-", name[i]);
	if (!valid)
		return error_set(err, ERROR_USAGE,
				 "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-]* of "
				 "at most %d characters is allowed",
				 name, CONTAINER_NAME_MAX);
	return 0;
}

bool container_is_id(const char *text)
{
	return strlen(text) == CONTAINER_ID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == CONTAINER_ID_SIZE - 1;
}

/* What the name's file says, or NULL. */
static char *read_name(int names, const char *name)
{
	auto_error ignored = { 0 };
	auto_free char *id = file_read_line(names, name, CONTAINER_ID_SIZE, &ignored);

	return id && container_is_id(id) ? take_ptr(&id) : NULL;
}

static bool is_gone(struct engine *engine, const char *id)
{
	return !id || faccessat(engine->containers, id, F_OK, 0) < 0;
}

/* Whether nobody is called so: the container is gone, or has another name (a rename that was
 * killed). */
static bool is_dead(struct engine *engine, const char *name, const char *id)
{
	auto_release(container_config) struct container_config config = { 0 };
	auto_error ignored = { 0 };
	auto_fd int folder = -1;

	if (is_gone(engine, id))
		return true;
	folder = dir_open(engine->containers, id, &ignored);
	return folder >= 0 && container_config_read(folder, &config, &ignored) == 0 &&
	       (!config.name || strcmp(config.name, name) != 0);
}

char *name_find(struct engine *engine, const char *name)
{
	auto_error ignored = { 0 };
	auto_fd int names = dir_open(engine->containers, NAMES_DIR, &ignored);
	auto_free char *id = NULL;

	if (names < 0 || container_check_name(name, &ignored) < 0)
		return NULL;
	id = read_name(names, name);
	return is_gone(engine, id) ? NULL : take_ptr(&id);
}

void names_sweep(struct engine *engine, size_t container_count)
{
	auto_release(strings) struct strings found = { 0 };
	auto_error ignored = { 0 };
	auto_fd int names = dir_open(engine->containers, NAMES_DIR, &ignored);

	if (names < 0 || dir_list(names, &found, &ignored) < 0 || found.count <= container_count)
		return;
	for (size_t i = 0; i < found.count; i++) {
		auto_free char *id = read_name(names, found.items[i]);

		if (found.items[i][0] == '.' || is_dead(engine, found.items[i], id))
			unlinkat(names, found.items[i], 0);
	}
}

static int report_conflict(int names, const char *name, struct error *err)
{
	auto_free char *id = read_name(names, name);

	return error_set(err, ERROR_EXISTS,
			 "Conflict. The container name \"/%s\" is already in use by container "
			 "\"%s\". You have to remove (or rename) that container to be able to "
			 "reuse that name.",
			 name, id ? id : "");
}

/* Clears the name away if its container is gone. Nobody is half way through making or removing one
 * while we hold the exclusive lock. */
static int reclaim(struct engine *engine, int names, const char *name, int *lock,
		   struct error *err)
{
	auto_free char *id = NULL;

	auto_close_fd(lock);
	*lock = lock_wait(engine->containers, LOCK_FILE, LOCK_EXCLUSIVE, err);
	if (*lock < 0)
		return -1;
	id = read_name(names, name);
	if (is_dead(engine, name, id))
		unlinkat(names, name, 0);
	auto_close_fd(lock);
	*lock = lock_wait(engine->containers, LOCK_FILE, LOCK_SHARED, err);
	return *lock < 0 ? -1 : 0;
}

int name_take(struct engine *engine, const char *name, const char *id, int *lock,
	      struct error *err)
{
	auto_fd int names = dir_open(engine->containers, NAMES_DIR, err);

	if (names < 0)
		return -1;
	for (int attempt = 0; attempt < 2; attempt++) {
		auto_free char *holder = NULL;

		if (file_create(names, name, id, strlen(id), 0600, err) == 0)
			return 0;
		if (err->kind != ERROR_EXISTS)
			return -1;
		holder = read_name(names, name);
		if (attempt == 1 || !is_dead(engine, name, holder))
			break;
		error_release(err);
		if (reclaim(engine, names, name, lock, err) < 0)
			return -1;
	}
	return report_conflict(names, name, err);
}

void name_release(struct engine *engine, const char *name, const char *id)
{
	auto_error ignored = { 0 };
	auto_fd int names = dir_open(engine->containers, NAMES_DIR, &ignored);
	auto_free char *holder = names >= 0 ? read_name(names, name) : NULL;

	if (holder && strcmp(holder, id) == 0)
		unlinkat(names, name, 0);
}
