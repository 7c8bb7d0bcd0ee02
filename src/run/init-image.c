/* SPDX-License-Identifier: Apache-2.0 */

/* socle-init as bytes within socle.
 *
 * So that socle finds the program that belongs to it wherever it was copied, and nobody on the
 * host's file system can put another in its place.  The bytes lie in read-only data, at the
 * start of a page: they are written to a memfd straight from the page cache, and cost a command
 * that starts nothing no page at all. */
#include "run/init-image.h"

#include "init-image-path.h" /* made by the build: SOCLE_INIT_IMAGE */

__asm__(".pushsection .rodata.socle_init_image, \"a\"\n"
	".balign 4096\n"
	".globl socle_init_image, socle_init_image_end\n"
	".hidden socle_init_image, socle_init_image_end\n"
	".type socle_init_image, %object\n"
	"socle_init_image:\n"
	".incbin \"" SOCLE_INIT_IMAGE "\"\n"
	"socle_init_image_end:\n"
	".size socle_init_image, . - socle_init_image\n"
	".byte 0\n"
	".popsection\n");
