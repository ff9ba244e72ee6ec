import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  areaBetween,
  diversityAtReward,
  hypervolume,
} from "../../lib/results/fronts.ts";
import { overSeeds, sweepCurve } from "../../lib/results/sweep_curve.ts";

const columns = { coefficient: "beta", reward: "reward", diversity: "entropy" };

/** Seed `s` shifts the whole line from (0, 2) to (2, 0) by `noise[s]` in reward. */
function rows(noise: number[], gain = 0) {
  return [0, 1, 2].flatMap((beta) =>
    noise.map((shift, seed) => ({
      beta,
      seed,
      reward: 2 - beta + shift,
      entropy: beta + gain,
    }))
  );
}

Deno.test("sweepCurve() orders by coefficient and seed", () => {
  const curve = sweepCurve(rows([0, 0.5]).toReversed(), columns);
  assertEquals(curve.coefficients, [0, 1, 2]);
  assertEquals(curve.seeds, [0, 1]);
  assertEquals(curve.points[2], [
    { reward: 0, diversity: 2 },
    { reward: 0.5, diversity: 2 },
  ]);
});

Deno.test("sweepCurve() leaves out a coefficient at which a seed diverged", () => {
  const all = rows([0, 0.5]);
  const diverged = all.with(0, { ...all[0], entropy: NaN });
  assertEquals(sweepCurve(diverged, columns).coefficients, [1, 2]);
  assertEquals(sweepCurve(all.slice(1), columns).coefficients, [1, 2]);
});

Deno.test("sweepCurve() refuses rows that are no sweep", () => {
  const all = rows([0, 0.5]);
  assertThrows(() => sweepCurve([], columns), RangeError, "got none in 0 rows");
  assertThrows(
    () => sweepCurve([...all, all[0]], columns),
    RangeError,
    "twice at beta = 0",
  );
  assertThrows(
    () => sweepCurve(all, { ...columns, reward: "score" }),
    TypeError,
    "column score, got undefined",
  );
});

Deno.test("overSeeds() resamples all sweeps by the same seeds", () => {
  const noise = [0, 0.1, 0.2, 0.3, 0.4];
  const a = sweepCurve(rows(noise, 0.25), columns);
  const b = sweepCurve(rows(noise), columns);
  // The noise is common: whichever seeds are drawn, `a` is 0.25 above `b`, over a
  // range of reward that is 2 wide.
  const area = overSeeds([a, b], ([a, b]) => areaBetween(a, b));
  for (const value of [area.value, area.low, area.high]) {
    assertAlmostEquals(value, 0.5, 1e-9);
  }
  assertEquals(area.n, 5);
});

Deno.test("overSeeds() takes the statistic of the mean curve", () => {
  // Means: (2.2, 0), (1.2, 1), (0.2, 2). Above (0, 0) the staircase has
  // [0, 0.2] x [0, 2] + [0.2, 1.2] x [0, 1] = 0.4 + 1, and at reward 0.7 the line
  // holds 1.5.
  const curve = sweepCurve(rows([0, 0.1, 0.2, 0.3, 0.4]), columns);
  const volume = overSeeds(
    [curve],
    ([mean]) => hypervolume(mean, { reward: 0, diversity: 0 }),
  );
  assertAlmostEquals(volume.value, 1.4);
  const held = overSeeds([curve], ([mean]) => diversityAtReward(mean, 0.7));
  assertAlmostEquals(held.value, 1.5);
  // Seeds 0 to 4 shift the line by their mean, between 0.02 and 0.38 (see the
  // bootstrap's test: 1.2 and 4.8 of 1..5).
  assertAlmostEquals(held.low, 1.5 - 0.18);
  assertAlmostEquals(held.high, 1.5 + 0.18);
});

Deno.test("overSeeds() does not bound a reward that resamples miss", () => {
  const curve = sweepCurve(rows([0, 0.1, 0.2, 0.3, 0.4]), columns);
  const edge = overSeeds([curve], ([mean]) => diversityAtReward(mean, 2.2));
  assertEquals([edge.low, edge.high], [-Infinity, Infinity]);
});

Deno.test("overSeeds() refuses sweeps of different seeds", () => {
  const two = sweepCurve(rows([0, 1]), columns);
  const three = sweepCurve(rows([0, 1, 2]), columns);
  assertThrows(
    () => overSeeds([two, three], () => 0),
    RangeError,
    "[0, 1] and [0, 1, 2]",
  );
  assertThrows(() => overSeeds([], () => 0), RangeError, "no sweep");
});
