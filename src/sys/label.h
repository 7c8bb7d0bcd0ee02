/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_SYS_LABEL_H
#define SOCLE_SYS_LABEL_H

#include "base/err.h"

/* Give what a descriptor stands for (O_PATH will do) an SELinux label. */
int label_set(int fd, const char *label, struct err *e);

#endif
