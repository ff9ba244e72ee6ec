import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  areaBetween,
  diversityAtReward,
  hypervolume,
} from "../../lib/results/fronts.ts";
import { estimate } from "../../lib/results/per_seed.ts";
import { overSeeds, sweepCurve } from "../../lib/results/sweep_curves.ts";
import {
  compareFronts,
  compareHypervolumes,
  overTraining,
} from "../../lib/results/sweeps.ts";
import { normals } from "./synthetic_study.ts";

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

/** Fronts from (0, 2) to (2, 0) at the end, whose reward a seed shifts by its noise. */
const front = (noise: number[], gain = 0) =>
  rows(noise, gain).map(({ beta, ...row }) => ({
    ...row,
    coefficient: beta,
    alive: true,
  }));
const options = { diversity: "entropy" };

Deno.test("compareFronts() is the mean gain over the common rewards", () => {
  // From (0, 2.5) to (2, 0.5) against (0, 2) to (2, 0): 0.5 at each of the rewards in
  // [0, 2], whatever the common noise.
  const noise = [0, 0.1, 0.2, 0.3, 0.4];
  const gain = estimate(
    compareFronts(front(noise, 0.5), front(noise), options),
  );
  for (const value of [gain.value, gain.low, gain.high]) {
    assertAlmostEquals(value, 0.5, 1e-9);
  }
  assertEquals(gain.n, 5);
});

Deno.test("compareFronts() turns its sign with its fronts, and reads other columns", () => {
  const [a, b] = [front([0, 0], 0.25), front([0, 0])];
  assertAlmostEquals(estimate(compareFronts(b, a, options)).value, -0.25);
  const renamed = (rows: typeof a) =>
    rows.map(({ reward, entropy, ...row }) => ({
      ...row,
      honest: reward,
      modes: entropy,
    }));
  const gain = compareFronts(renamed(a), renamed(b), {
    diversity: "modes",
    reward: "honest",
  });
  assertAlmostEquals(estimate(gain).value, 0.25);
});

Deno.test("compareFronts() compares nothing where fronts hardly meet", () => {
  // b reaches from 1.9 to 3.9: the common rewards [1.9, 2] are 0.1 wide.
  const a = front([0, 0]);
  const b = front([0, 0]).map((row) => ({ ...row, reward: row.reward + 1.9 }));
  assert(Number.isFinite(estimate(compareFronts(a, b, options)).value));
  const { value, low, high, n } = estimate(
    compareFronts(a, b, { ...options, least: 0.2 }),
  );
  assertEquals({ value, low, high, n }, {
    value: NaN,
    low: -Infinity,
    high: Infinity,
    n: 2,
  });
});

Deno.test("compareFronts() compares fronts that share the least width and no more", () => {
  // b reaches from 1 to 3: the common rewards [1, 2] are 1 wide.
  const a = front([0, 0]);
  const b = front([0, 0]).map((row) => ({ ...row, reward: row.reward + 1 }));
  const gain = estimate(compareFronts(a, b, { ...options, least: 1 }));
  // At reward r a holds 2 - r, b holds 3 - r.
  assertAlmostEquals(gain.value, -1, 1e-9);
});

Deno.test("compareFronts() leaves a setting out whole in which a seed diverged", () => {
  // At coefficient 1 seed 0 diverged; seed 1 alone would lift the front of b there.
  const b = front([0, 0]).map((row) =>
    row.coefficient === 1 ? { ...row, alive: row.seed !== 0, entropy: 9 } : row
  );
  const gain = estimate(compareFronts(front([0, 0], 0.5), b, options));
  assertAlmostEquals(gain.value, 0.5, 1e-9);
  const gone = b.map((row) => ({ ...row, alive: false }));
  assertEquals(
    estimate(compareFronts(front([0, 0]), gone, options)).value,
    NaN,
  );
});

Deno.test("compareFronts() refuses what is no front", () => {
  const a = front([0, 0]);
  assertThrows(() => compareFronts(a, [], options), RangeError, "got no row");
  assertThrows(
    () => compareFronts(a, front([0, 0, 0]), options),
    RangeError,
    "got 0, 1, 2 in b",
  );
  // Rows of two evaluations, not of the end.
  assertThrows(
    () => compareFronts([...a, ...a], a, options),
    RangeError,
    "one twice at coefficient = 0",
  );
  assertThrows(
    () => compareFronts(a, a, { ...options, diversty: "x" } as typeof options),
    TypeError,
    "diversty",
  );
});

/** Runs of four references, whose own gain is added to all of theirs. */
const fronts = (gains: readonly number[], width = 1) =>
  gains.flatMap((gain, reference) =>
    [0, 1, 2].flatMap((coefficient) =>
      [0, 1].map((seed) => ({
        ...{ reference, seed: 2 * reference + seed, coefficient, alive: true },
        reward: width * (2 - coefficient),
        entropy: coefficient + gain + 0.01 * seed,
      }))
    )
  );
const none = [0, 0, 0, 0];

Deno.test("compareFronts() of rows with references has its interval over these", () => {
  const gain = estimate(
    compareFronts(fronts([1, 2, 3, 6]), fronts(none), options),
  );
  assertAlmostEquals(gain.value, 3, 1e-9);
  // 1, 2, 3, 6: standard deviation sqrt(14 / 3), of the mean sqrt(14 / 12).
  assertAlmostEquals(gain.standardError!, Math.sqrt(14 / 12), 1e-9);
  assertEquals([gain.n, gain.df], [8, 3]);
});

Deno.test("one reference without common rewards leaves the comparison open", () => {
  const apart = fronts([1, 2, 3, 6]).map((row) =>
    row.reference === 2 ? { ...row, reward: row.reward + 9 } : row
  );
  const gain = estimate(compareFronts(apart, fronts(none), options));
  assertEquals([gain.value, gain.low, gain.high], [NaN, -Infinity, Infinity]);
});

Deno.test("compareHypervolumes() pays for rewards that one front alone reaches", () => {
  const worst = { reward: 0, diversity: 0 };
  const wider = estimate(compareHypervolumes(fronts(none, 2), fronts(none), {
    ...{ diversity: "entropy", worst },
  }));
  // Stairs (0, 2), (1, 1), (2, 0), once and twice as wide; 0.005 from the seeds' mean.
  assertAlmostEquals(wider.value, 1 * 1.005 + 1 * 0.005, 1e-9);
});

Deno.test("overTraining() makes a front of one run, by iteration", () => {
  const run = [0, 50, 100].flatMap((iteration) =>
    [0, 1].map((seed) => ({
      ...{ coefficient: 0, seed, iteration, alive: iteration < 100 },
      reward: iteration / 100,
      entropy: 1 - iteration / 200,
    }))
  );
  const rival = [0, 0.5].flatMap((reward) =>
    [0, 1].map((seed) => ({
      ...{ coefficient: reward, seed, alive: true, reward, entropy: 2 },
    }))
  );
  // It diverged at 100: the front ends at 50, between (0, 1) and (0.5, 0.75).
  const gain = estimate(compareFronts(overTraining(run), rival, options));
  assertAlmostEquals(gain.value, -1.125, 1e-9);
});

Deno.test("noise of one front's runs does not lift it where references are told", () => {
  const normal = normals(3);
  const flat = (noise: number) =>
    Array.from(
      { length: 20 },
      (_, seed) =>
        [0, 1, 2, 3, 4].map((coefficient) => ({
          ...{ seed, reference: seed, coefficient, alive: true },
          ...{ reward: 4 - coefficient, entropy: noise * normal() },
        })),
    ).flat();
  const studies = 60;
  let bias = 0;
  for (let i = 0; i < studies; i++) {
    const gain = estimate(compareFronts(flat(0), flat(1), options));
    bias += gain.value / studies;
  }
  // 0.74 if each reference were measured by itself.
  assertAlmostEquals(bias, 0, 0.07);
});
