/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <stdio.h>

/* Years are counted from the first of March, so that the leap day is a year's last: then the months' lengths
 * follow one formula. */
static void civil(int64_t days, int *year, int *month, int *day)
{
	days += 719468; /* 1970-01-01 in days after 0000-03-01 */
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

void timestamp_format(char buf[TIMESTAMP_SIZE], int64_t seconds, long nanoseconds)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int year, month, day;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	civil(days, &year, &month, &day);
	snprintf(buf, TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", year % 10000, month, day,
		 (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), nanoseconds % 1000000000);
}
