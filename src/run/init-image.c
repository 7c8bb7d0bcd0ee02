/* SPDX-License-Identifier: Apache-2.0 */

/* socle-init as bytes within socle.
 *
 * So that socle finds the program that belongs to it wherever it was copied, and nobody on the
 * host's file system can put another in its place.  The bytes lie in read-only data, and mostly
 * nobody reads them there: the kernel copies them from the file into a memfd, so that they do not
 * count as memory of ours.  A fault nearby maps the 64 KB around it, so they begin on such a
 * boundary. */
#include "run/init-image.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "init-image-path.h" /* made by the build: SOCLE_INIT_IMAGE */
#include "sys/fd.h"

__asm__(".pushsection .socle_init, \"a\"\n"
	".balign 65536\n"
	".globl socle_init_image, socle_init_image_end\n"
	".hidden socle_init_image, socle_init_image_end\n"
	".type socle_init_image, %object\n"
	"socle_init_image:\n"
	".incbin \"" SOCLE_INIT_IMAGE "\"\n"
	"socle_init_image_end:\n"
	".size socle_init_image, . - socle_init_image\n"
	".byte 0\n"
	".popsection\n");

/* The program's header, which the linker knows; within a shared library it is the library's. */
extern const ElfW(Ehdr) header __asm__("__ehdr_start") __attribute__((visibility("hidden")));

/* A program that the library is a part of is another file than the one that holds the bytes. */
int init_image_open(off_t *ret_at, struct err *e)
{
	const char *start = (const char *)&header;
	const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(start + header.e_phoff);

	if ((uintptr_t)segments != getauxval(AT_PHDR))
		return err_call_num(e, ENOENT, "getauxval", "AT_PHDR");
	for (unsigned i = 0; i < header.e_phnum; i++) {
		uintptr_t begin = (uintptr_t)start + segments[i].p_vaddr;
		uintptr_t image = (uintptr_t)socle_init_image;

		if (segments[i].p_type != PT_LOAD || image - begin >= segments[i].p_filesz)
			continue;
		*ret_at = (off_t)(segments[i].p_offset + (image - begin));
		return fd_open("/proc/self/exe", O_RDONLY, e);
	}
	return err_call_num(e, ENOENT, "getauxval", "AT_PHDR");
}
