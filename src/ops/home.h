/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_OPS_HOME_H
#define SOCLE_OPS_HOME_H

#include <stddef.h>
#include <stdint.h>

/* The home directory that the image's /etc/passwd has for `uid`, or "/".  Called inside the container's root; the file
 * is read by hand, since the C library would run what the image says about name services. */
void home_find(uint32_t uid, char *buf, size_t size);

#endif
