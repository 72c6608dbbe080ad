/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container with a single id needs beside the emulation filter: programs that look whether
 * their change of user has worked, and give up when it has not, are told not to change at all.
 */
#ifndef ENGINE_RUNTIME_SINGLE_ID_H
#define ENGINE_RUNTIME_SINGLE_ID_H

struct error;
struct strings;

/* Puts their settings into `dev`, the container's own /dev: no file of the image is touched. */
int single_id_add_files(int dev, struct error *err);
/* Names these settings in the environment, unless the user has named others. */
void single_id_complete(struct strings *environment);

#endif
