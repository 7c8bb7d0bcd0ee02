/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of version 1 as those of version 2.
 *
 * The curve of shares is 10 ^ ((l² + 125 l) / 612 - 7 / 34), l being the binary logarithm.  Nothing else here needs
 * the mathematical library, so the two functions are written out; they are exact to some 1e-12. */
#include "plan/weights.h"

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_MAX 10000

/* x >= 1.  Squaring doubles the logarithm: each time, one more bit of it is seen. */
static double binary_logarithm(double x)
{
	double sum = 0, bit = 1;
	for (; x >= 2; x /= 2)
		sum++;
	for (int i = 0; i < 48; i++) {
		x *= x;
		bit /= 2;
		if (x >= 2) {
			x /= 2;
			sum += bit;
		}
	}
	return sum;
}

/* The series of e^x, where x is made small first; the rest is squaring. */
static double power_of_ten(double x)
{
	double y = x * 2.302585092994046 / 16, term = 1, sum = 1;
	for (int i = 1; i < 24; i++) {
		term *= y / i;
		sum += term;
	}
	for (int i = 0; i < 4; i++)
		sum *= sum;
	return sum;
}

uint64_t weight_of_shares(uint64_t shares)
{
	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	double l = binary_logarithm((double)shares);
	double weight = power_of_ten((l * l + 125 * l) / 612 - 7.0 / 34);
	uint64_t whole = (uint64_t)weight;
	return weight - (double)whole > 1e-8 ? whole + 1 : whole;
}

uint64_t weight_of_block_io(uint64_t weight)
{
	if (weight <= 10)
		return 1;
	return weight >= 1000 ? WEIGHT_MAX : 1 + (weight - 10) * 9999 / 990;
}
