/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The larger part of a supervisor's memory is code that ran once: parser, launcher, dynamic
 * linker. Its pages stay in the page cache; dropping them from our address space takes them off
 * what we are accounted for, and those that are needed again come back by themselves.
 */
#include "engine/supervisor/shrink.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only what the kernel can read again: in writable segments are our own values, and what the
 * dynamic linker put in place before it made them read-only. */
static int drop_segments(struct dl_phdr_info *object, size_t size, void *argument)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)argument;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + segment->p_vaddr;
		uintptr_t end = start + segment->p_memsz;

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		start &= ~(page - 1);
		madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void shrink(void)
{
	malloc_trim(0);
	dl_iterate_phdr(drop_segments, NULL);
}
