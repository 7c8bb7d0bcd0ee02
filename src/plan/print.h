/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOCLE_PLAN_PRINT_H
#define SOCLE_PLAN_PRINT_H

#include "base/buf.h"
#include "plan/op.h"

/* A line an operation, aligned: its stage and number, its name, its arguments, who asked for it. */
void plan_print_text(const struct plan_header *p, struct buf *out);

/* {"version": 1, "operations": [{"stage": …, "operation": …, "origin": …, arguments by name …}, …]} */
void plan_print_json(const struct plan_header *p, struct buf *out);

#endif
