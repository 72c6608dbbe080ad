/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup bound to the variable's scope, and the way to move a value out of it.
 *
 *	auto_fd int layer = -1;
 *	auto_free char *path = NULL;
 *	...
 *	*ret_fd = take_fd(&layer);
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

void auto_close_fd(const int *fd);	/* keeps errno; -1 is fine */
void auto_close_dir(DIR **dir);
void auto_close_file(FILE **file);

static inline void auto_free_ptr(void *ptr)
{
	free(*(void **)ptr);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define auto_fd __attribute__((cleanup(auto_close_fd)))
#define auto_dir __attribute__((cleanup(auto_close_dir)))
#define auto_file __attribute__((cleanup(auto_close_file)))
#define auto_free __attribute__((cleanup(auto_free_ptr)))

/* Moves a pointer out of an auto_ variable. */
#define take_ptr(ptr)                             \
	({                                        \
		__typeof__(*(ptr)) taken_ = *(ptr); \
		*(ptr) = NULL;                    \
		taken_;                           \
	})

/* Defines the function that auto_<name> needs: DEFINE_AUTO(image_config, image_config_free)
 * lets `auto_of(image_config) struct image_config *c = NULL;` free itself, unless it is NULL. */
#define DEFINE_AUTO(type, free_function)                                   \
	static inline void auto_free_##type(struct type **object)         \
	{                                                                  \
		if (*object)                                               \
			free_function(*object);                            \
	}                                                                  \
	struct type
#define auto_of(type) __attribute__((cleanup(auto_free_##type)))

/* For structs held by value: auto_release(buffer) struct buffer b = { 0 } calls
 * buffer_release(). */
#define auto_release(type) __attribute__((cleanup(type##_release)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
