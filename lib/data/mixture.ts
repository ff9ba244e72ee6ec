/**
 * A conditional mixture of round Gaussians in the plane, with exact densities:
 *
 *     p(x | c) = sum_k weights[c][k] N(x; means[k], std^2 I)
 *
 * Contexts (prompts) share the modes and differ in how likely each is.
 */
export interface Mixture {
  /** The centre of each mode, `[modes][2]`. */
  readonly means: readonly (readonly [number, number])[];
  /** The standard deviation of every mode along each axis. */
  readonly std: number;
  /** The probability of each mode in each context, `[contexts][modes]`. */
  readonly weights: readonly (readonly number[])[];
}

/**
 * Returns the mixture of the 2-D experiments: eight modes on a ring of radius 2,
 * std 0.2, in four contexts. Mode k lies at the angle theta_k = 2 pi k / 8;
 * context c leans to phi_c = 2 pi c / 4, which is mode 2c:
 *
 *     weights[c] = softmax_k(cos(theta_k - phi_c))
 *
 * From the favoured mode to the opposite one the weights are 27%, 20%, 10%, 6%
 * and 4%: none is certain and none is out of reach.
 *
 * @returns The mixture, a plain value.
 *
 * @example
 * ```ts
 * import { ringMixture } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { means, weights } = ringMixture();
 * assertEquals(means[0], [2, 0]);
 * assertEquals(weights.map((w) => w.indexOf(Math.max(...w))), [0, 2, 4, 6]);
 * ```
 */
export function ringMixture(): Mixture {
  const radius = 2;
  const modeAngles = circle(8);
  return {
    means: modeAngles.map((a) => [radius * Math.cos(a), radius * Math.sin(a)]),
    std: 0.2,
    weights: circle(4).map((phi) => {
      const odds = modeAngles.map((theta) => Math.exp(Math.cos(theta - phi)));
      const total = odds.reduce((a, b) => a + b);
      return odds.map((odd) => odd / total);
    }),
  };
}

/** Evenly spaced angles of a full turn, from 0. */
const circle = (count: number) =>
  Array.from({ length: count }, (_, k) => 2 * Math.PI * k / count);
