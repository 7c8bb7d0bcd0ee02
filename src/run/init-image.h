/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_RUN_INIT_IMAGE_H
#define SOCLE_RUN_INIT_IMAGE_H

#include <stddef.h>

/* The bytes of socle-init, an executable file, from socle_init_image up to socle_init_image_end. */
extern const unsigned char socle_init_image[];
extern const unsigned char socle_init_image_end[];

static inline size_t init_image_size(void)
{
	return (size_t)(socle_init_image_end - socle_init_image);
}

#endif
