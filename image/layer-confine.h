/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up what unpacking a layer does not need (R11), for good: the process
 * that calls this reads what a stranger wrote.
 */
#ifndef IMAGE_LAYER_CONFINE_H
#define IMAGE_LAYER_CONFINE_H

struct error;

/* Afterwards this process can open files below `folder` only, run no program, open no socket,
 * mount nothing, signal nobody. What the kernel lacks (Landlock before 5.19) is passed over. */
int confine_to_folder(int folder, struct error *err);

#endif
