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

/** A mixture of modes on a ring, each context of which leans to an angle. */
export interface RingMixture extends Mixture {
  /** The angle that each context leans to, in radians. */
  readonly angles: readonly number[];
}

/**
 * Returns the mixture of the 2-D experiments: eight modes on a ring of radius 2,
 * std 0.2, in four contexts. Mode k lies at the angle theta_k = 2 pi k / 8;
 * context c leans to the angle phi_c, which is 2 pi c / 4, mode 2c, unless other angles
 * are given:
 *
 *     weights[c] = softmax_k(cos(theta_k - phi_c))
 *
 * From the favoured mode to the opposite one the weights are 27%, 20%, 10%, 6%
 * and 4%: none is certain and none is out of reach.
 *
 * @param angles The angle of each context, in radians, one or more; the four quarter
 * turns when left out. {@linkcode evenAngles} has others.
 * @returns The mixture, a plain value.
 * @throws {RangeError} If there is no angle, or one is not finite.
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
export function ringMixture(
  angles: readonly number[] = evenAngles(4),
): RingMixture {
  if (angles.length === 0 || !angles.every(Number.isFinite)) {
    throw new RangeError(
      `Expected finite angles, one a context, got ${
        angles.join(", ") || "none"
      }`,
    );
  }
  const radius = 2;
  const modeAngles = evenAngles(8);
  return {
    means: modeAngles.map((a) => [radius * Math.cos(a), radius * Math.sin(a)]),
    std: 0.2,
    angles,
    weights: angles.map((phi) => {
      const odds = modeAngles.map((theta) => Math.exp(Math.cos(theta - phi)));
      const total = odds.reduce((a, b) => a + b);
      return odds.map((odd) => odd / total);
    }),
  };
}

/**
 * Evenly spaced angles of a full turn.
 *
 * @param count How many.
 * @param turned The first of them, in steps: 0.5 is halfway between those from 0.
 * @returns Radians.
 *
 * @example
 * ```ts
 * import { evenAngles } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const degrees = evenAngles(4, 0.5).map((a) => Math.round(a * 180 / Math.PI));
 * assertEquals(degrees, [45, 135, 225, 315]);
 * ```
 */
export const evenAngles = (count: number, turned = 0): number[] =>
  Array.from(
    { length: count },
    (_, k) => 2 * Math.PI * (k + turned) / count,
  );
