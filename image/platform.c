/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms. Names and fallbacks are those of containerd's platforms package,
 * which docker uses: a 64-bit machine also takes what its 32-bit mode runs, as a
 * last resort.
 */
#include "image/platform.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#define SCORE_SAME 10000
#define SCORE_PLAIN 100	/* no variant, where variants cannot be ranked */

/* Other spellings: uname(2)'s, Debian's. */
static const struct {
	const char *spelling;
	const char *architecture;
	const char *variant;
} spellings[] = {
	{ "x86_64", "amd64", "" },	{ "x86-64", "amd64", "" },
	{ "i386", "386", "" },		{ "i486", "386", "" },
	{ "i586", "386", "" },		{ "i686", "386", "" },
	{ "aarch64", "arm64", "" },	{ "armv8l", "arm", "v8" },
	{ "armv7l", "arm", "v7" },	{ "armhf", "arm", "v7" },
	{ "armv6l", "arm", "v6" },	{ "armel", "arm", "v6" },
	{ "armv5tel", "arm", "v5" },	{ "armv5tejl", "arm", "v5" },
	{ "loongarch64", "loong64", "" },
};

static const char *const known_architectures[] = {
	"386", "amd64", "arm", "arm64", "loong64", "mips", "mipsle", "mips64", "mips64le",
	"ppc64", "ppc64le", "riscv64", "s390x", "wasm",
};

static const char *const known_systems[] = {
	"linux", "windows", "darwin", "freebsd", "netbsd", "openbsd",
};

static bool is_listed(const char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

static void copy_lower(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i] != '\0'; i++)
		to[i] = (char)tolower((unsigned char)from[i]);
	to[i] = '\0';
}

static void normalise(struct platform *platform)
{
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		if (strcmp(platform->architecture, spellings[i].spelling) != 0)
			continue;
		copy_lower(platform->architecture, sizeof(platform->architecture),
			   spellings[i].architecture);
		if (platform->variant[0] == '\0')
			copy_lower(platform->variant, sizeof(platform->variant),
				   spellings[i].variant);
		break;
	}
	/* "arm/7" means "arm/v7" */
	if (isdigit((unsigned char)platform->variant[0]) &&
	    strlen(platform->variant) + 1 < sizeof(platform->variant)) {
		memmove(platform->variant + 1, platform->variant, strlen(platform->variant) + 1);
		platform->variant[0] = 'v';
	}
}

static bool is_part(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_.-");

	return length > 0 && length < sizeof(((struct platform *)NULL)->os) &&
	       text[length] == '\0';
}

static int invalid(const char *text, struct error *err)
{
	auto_free char *shown = printable(text);

	return error_set(err, ERROR_INVALID,
			 "invalid platform '%s'; it must be OS/ARCH[/VARIANT], as in linux/arm64",
			 shown);
}

int platform_parse(const char *text, struct platform *ret_platform, struct error *err)
{
	auto_release(strings) struct strings parts = { 0 };
	struct platform platform = { .os = "linux" };

	strings_split(&parts, text, '/');
	if (parts.count > 3)
		return invalid(text, err);
	for (size_t i = 0; i < parts.count; i++)
		if (!is_part(parts.items[i]))
			return invalid(text, err);

	if (parts.count > 1) {
		copy_lower(platform.os, sizeof(platform.os), parts.items[0]);
		copy_lower(platform.architecture, sizeof(platform.architecture), parts.items[1]);
	} else {
		copy_lower(platform.architecture, sizeof(platform.architecture), parts.items[0]);
	}
	if (parts.count > 2)
		copy_lower(platform.variant, sizeof(platform.variant), parts.items[2]);
	normalise(&platform);

	if (parts.count == 1 && is_listed(known_systems, ARRAY_SIZE(known_systems),
					  platform.architecture)) {
		struct platform host;

		platform_host(&host);
		copy_lower(host.os, sizeof(host.os), platform.architecture);
		platform = host;
	} else if (parts.count == 1 &&
		   !is_listed(known_architectures, ARRAY_SIZE(known_architectures),
			      platform.architecture)) {
		return invalid(text, err);
	}
	*ret_platform = platform;
	return 0;
}

void platform_host(struct platform *ret_platform)
{
	struct platform host = { .os = "linux" };
	struct utsname names;

	if (uname(&names) == 0)
		copy_lower(host.architecture, sizeof(host.architecture), names.machine);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* uname(2) says "mips64" on both kinds. */
	if (has_prefix(host.architecture, "mips") && !has_suffix(host.architecture, "le"))
		strncat(host.architecture, "le",
			sizeof(host.architecture) - strlen(host.architecture) - 1);
#endif
	normalise(&host);
	*ret_platform = host;
}

/* The rank of a variant "vN" or "vN.M" as N * 100 + M, or -1 where variants have no order. */
static int variant_level(const struct platform *platform)
{
	const char *variant = platform->variant;
	char *end;
	long major;
	long minor = 0;

	if (variant[0] == '\0') {
		if (strcmp(platform->architecture, "amd64") == 0)
			return 100;
		if (strcmp(platform->architecture, "arm") == 0)
			return 700;
		return strcmp(platform->architecture, "arm64") == 0 ? 800 : -1;
	}
	if (variant[0] != 'v' || !isdigit((unsigned char)variant[1]))
		return -1;
	major = strtol(variant + 1, &end, 10);
	if (*end == '.' && isdigit((unsigned char)end[1]))
		minor = strtol(end + 1, &end, 10);
	if (*end != '\0' || major > 99 || minor > 99)
		return -1;
	return (int)(major * 100 + minor);
}

static int match_variant(const struct platform *wanted, const struct platform *offered)
{
	int wanted_level = variant_level(wanted);
	int offered_level = variant_level(offered);

	if (strcmp(wanted->variant, offered->variant) == 0)
		return SCORE_SAME;
	if (wanted_level < 0 || offered_level < 0)
		return offered->variant[0] == '\0' ? SCORE_PLAIN : 0;
	return offered_level > wanted_level ? 0 : SCORE_SAME - (wanted_level - offered_level);
}

int platform_match(const struct platform *wanted, const struct platform *offered)
{
	struct platform w = *wanted;
	struct platform o = *offered;

	normalise(&w);
	normalise(&o);
	if (strcasecmp(w.os, o.os) != 0 || o.os[0] == '\0')
		return 0;
	if (strcasecmp(w.architecture, o.architecture) == 0)
		return match_variant(&w, &o);
	if (strcmp(w.architecture, "amd64") == 0 && strcmp(o.architecture, "386") == 0)
		return 1;
	if (strcmp(w.architecture, "arm64") == 0 && strcmp(o.architecture, "arm") == 0) {
		int level = variant_level(&o);

		return level < 0 || level > 899 ? 0 : 1 + level / 100;
	}
	return 0;
}

char *platform_format(const struct platform *platform)
{
	return xasprintf("%s/%s%s%s", platform->os[0] ? platform->os : "unknown",
			 platform->architecture[0] ? platform->architecture : "unknown",
			 platform->variant[0] ? "/" : "", platform->variant);
}
