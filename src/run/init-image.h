/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_INIT_IMAGE_H
#define SOCLE_RUN_INIT_IMAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* The bytes of socle-init, an executable file, from socle_init_image up to socle_init_image_end. */
extern const unsigned char socle_init_image[];
extern const unsigned char socle_init_image_end[];

static inline size_t init_image_size(void)
{
	return (size_t)(socle_init_image_end - socle_init_image);
}

/* The file that these bytes are a part of, opened, and where they begin in it.  It fails where that cannot be told. */
int init_image_open(off_t *ret_at, struct err *e);

#endif
