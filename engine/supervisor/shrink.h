/* SPDX-License-Identifier: Apache-2.0 */
/* Giving back what starting a container took, as a supervisor stays as long as it. */
#ifndef ENGINE_SUPERVISOR_SHRINK_H
#define ENGINE_SUPERVISOR_SHRINK_H

void shrink(void);

#endif
