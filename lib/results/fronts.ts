/** Where a run, or the mean over runs, lies: more of both is better. */
export interface Point {
  readonly reward: number;
  readonly diversity: number;
}

/**
 * The Pareto front: the points that no other point beats in one of reward and
 * diversity without losing in the other.
 *
 * @param points The points, in any order.
 * @returns The front by rising reward (so by falling diversity); equal points
 * are listed once.
 *
 * @example
 * ```ts
 * import { paretoFront } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const good = { reward: 1, diversity: 2 };
 * const better = { reward: 2, diversity: 1 };
 * assertEquals(paretoFront([better, { reward: 1, diversity: 1 }, good]), [good, better]);
 * ```
 */
export function paretoFront(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  let best = -Infinity;
  const byReward = points.toSorted((a, b) =>
    b.reward - a.reward || b.diversity - a.diversity
  );
  for (const point of byReward) {
    if (point.diversity > best) {
      best = point.diversity;
      front.unshift(point);
    }
  }
  return front;
}

/**
 * The hypervolume: the area that the points dominate above a reference point,
 *
 * ```text
 * HV = area of the union over points p of [ref.reward, p.reward] x [ref.diversity, p.diversity].
 * ```
 *
 * Zitzler and Thiele, "Multiobjective Optimization Using Evolutionary
 * Algorithms", PPSN V (1998). Deviates from the paper: nothing.
 *
 * @param points The points, in any order; those that are not above the reference
 * in both add nothing.
 * @param reference The worst reward and diversity that count; say it with the
 * number, for it decides it.
 * @returns The area, in units of reward times diversity.
 *
 * @example
 * ```ts
 * import { hypervolume } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [{ reward: 1, diversity: 3 }, { reward: 2, diversity: 1 }];
 * // [0, 1] x [0, 3], then [1, 2] x [0, 1].
 * assertEquals(hypervolume(points, { reward: 0, diversity: 0 }), 4);
 * ```
 */
export function hypervolume(
  points: readonly Point[],
  reference: Point,
): number {
  let area = 0;
  let left = reference.reward;
  for (const { reward, diversity } of paretoFront(points)) {
    if (reward <= left || diversity <= reference.diversity) continue;
    area += (reward - left) * (diversity - reference.diversity);
    left = reward;
  }
  return area;
}

/**
 * The diversity that a sweep keeps at a reward: the most diversity anywhere on
 * the sweep's own curve where the reward is at least that,
 *
 * ```text
 * f(r) = max { d : (x, d) on the curve, x >= r },
 * ```
 *
 * where the curve joins the points of neighbouring coefficients by straight
 * lines. On a curve that trades one for the other this is its height at `r`.
 *
 * @param curve The points in the order of the coefficient.
 * @param reward The reward `r` to reach.
 * @returns The diversity, or `NaN` where the sweep does not reach the reward.
 *
 * @example
 * ```ts
 * import { diversityAtReward } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const curve = [{ reward: 0, diversity: 2 }, { reward: 1, diversity: 1 }];
 * assertEquals(diversityAtReward(curve, 0.25), 1.75);
 * assertEquals(diversityAtReward(curve, 1.5), NaN);
 * ```
 */
export function diversityAtReward(
  curve: readonly Point[],
  reward: number,
): number {
  let most = -Infinity;
  curve.forEach((point, i) => {
    if (point.reward >= reward) most = Math.max(most, point.diversity);
    const next = curve[i + 1];
    if (next && (point.reward < reward) !== (next.reward < reward)) {
      const along = (reward - point.reward) / (next.reward - point.reward);
      const crossing = point.diversity +
        along * (next.diversity - point.diversity);
      most = Math.max(most, crossing);
    }
  });
  return most === -Infinity ? NaN : most;
}

/** Cells of the midpoint rule in {@linkcode areaBetween}. */
const cells = 200;

/**
 * The signed area between two sweeps over the rewards that both cover,
 *
 * ```text
 * integral of f_a(r) - f_b(r) over r in [max(min r_a, min r_b), min(max r_a, max r_b)],
 * ```
 *
 * with `f` of {@linkcode diversityAtReward}: positive where `a` is the more
 * diverse at equal reward. Divided by the width of that range it is the mean
 * gain in diversity.
 *
 * @param a The points of one sweep, in the order of its coefficient.
 * @param b The points of the other.
 * @returns The area, in units of reward times diversity, by the midpoint rule in
 * 200 cells; `NaN` where no range of reward is common to both.
 *
 * @example
 * ```ts
 * import { areaBetween } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const a = [{ reward: 0, diversity: 2 }, { reward: 1, diversity: 1 }];
 * const b = [{ reward: 0, diversity: 1 }, { reward: 2, diversity: 1 }];
 * // Over [0, 1]: the triangle between the line from 2 to 1 and the line at 1.
 * assertAlmostEquals(areaBetween(a, b), 0.5);
 * ```
 */
export function areaBetween(a: readonly Point[], b: readonly Point[]): number {
  const low = Math.max(lowestReward(a), lowestReward(b));
  const high = Math.min(highestReward(a), highestReward(b));
  if (!(low < high)) return NaN;
  const width = (high - low) / cells;
  let area = 0;
  for (let cell = 0; cell < cells; cell++) {
    const reward = low + (cell + 0.5) * width;
    area += width *
      (diversityAtReward(a, reward) - diversityAtReward(b, reward));
  }
  return area;
}

/** The width of the rewards that both sweeps cover; below 0 where there are none. */
export function commonRange(a: readonly Point[], b: readonly Point[]): number {
  return Math.min(highestReward(a), highestReward(b)) -
    Math.max(lowestReward(a), lowestReward(b));
}

function lowestReward(points: readonly Point[]): number {
  return Math.min(...points.map(({ reward }) => reward));
}

function highestReward(points: readonly Point[]): number {
  return Math.max(...points.map(({ reward }) => reward));
}
