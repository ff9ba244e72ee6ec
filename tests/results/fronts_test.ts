import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  areaBetween,
  compareFronts,
  diversityAtReward,
  hypervolume,
  overSeeds,
  paretoFront,
  type Point,
  sweepCurve,
} from "../../lib/results/fronts.ts";
import { estimate } from "../../lib/results/statistics.ts";

const at = (reward: number, diversity: number): Point => ({
  reward,
  diversity,
});
const coordinate = fc.integer({ min: -9, max: 9 });
const points = fc.array(
  fc.tuple(coordinate, coordinate).map(([r, d]) => at(r, d)),
  { maxLength: 12 },
);

Deno.test("paretoFront() keeps what nothing beats, by rising reward", () => {
  const front = paretoFront([at(3, 0), at(1, 3), at(2, 1), at(2, 2), at(1, 2)]);
  assertEquals(front, [at(1, 3), at(2, 2), at(3, 0)]);
  assertEquals(paretoFront([at(1, 1), at(1, 1)]), [at(1, 1)]);
  assertEquals(paretoFront([]), []);
});

Deno.test("paretoFront() beats every point, and no point of its own", () => {
  const covers = (p: Point, q: Point) =>
    p.reward >= q.reward && p.diversity >= q.diversity;
  fc.assert(fc.property(points, (list) => {
    const front = paretoFront(list);
    assert(list.every((q) => front.some((p) => covers(p, q))));
    assert(
      front.every((p, i) => front.every((q, j) => i === j || !covers(p, q))),
    );
  }));
});

Deno.test("hypervolume() sums the staircase above the reference", () => {
  // [0, 1] x [0, 3] + [1, 2] x [0, 2] + [2, 4] x [0, 1] = 3 + 2 + 2.
  const stairs = [at(1, 3), at(2, 2), at(4, 1)];
  assertEquals(hypervolume(stairs, at(0, 0)), 7);
  // From (1.5, 0.5): [1.5, 2] x [0.5, 2] + [2, 4] x [0.5, 1] = 0.75 + 1.
  assertEquals(hypervolume(stairs, at(1.5, 0.5)), 1.75);
  assertEquals(hypervolume(stairs, at(9, 9)), 0);
});

Deno.test("hypervolume() counts the unit cells that a point covers", () => {
  fc.assert(fc.property(points, (list) => {
    let cells = 0;
    for (let r = -9; r < 9; r++) {
      for (let d = -9; d < 9; d++) {
        if (list.some((p) => p.reward > r && p.diversity > d)) cells++;
      }
    }
    assertEquals(hypervolume(list, at(-9, -9)), cells);
  }));
});

Deno.test("diversityAtReward() follows the sweep's own line", () => {
  const curve = [at(0, 4), at(2, 3), at(4, 0)];
  assertEquals(diversityAtReward(curve, 1), 3.5);
  assertEquals(diversityAtReward(curve, 2), 3);
  assertEquals(diversityAtReward(curve, 3), 1.5);
  assertEquals(diversityAtReward(curve, 4), 0);
  assertEquals(diversityAtReward(curve, 4.1), NaN);
});

Deno.test("diversityAtReward() takes the best that reaches the reward", () => {
  // The curve turns back: at reward 1 it holds 1, 1 on the way and 3 at the end.
  const curve = [at(0, 0), at(2, 2), at(0.5, 3.5)];
  assertAlmostEquals(diversityAtReward(curve, 1), 3);
  // What is reached at a higher reward is reached at a lower one too.
  assertEquals(diversityAtReward([at(0, 0), at(2, 2)], 0.5), 2);
  assertEquals(diversityAtReward([at(0, 1), at(2, 1)].toReversed(), 1), 1);
});

Deno.test("areaBetween() integrates over the rewards that both cover", () => {
  const high = [at(0, 4), at(4, 0)];
  const low = [at(1, 2), at(3, 0)];
  // Over [1, 3] the lines 4 - r and 3 - r are 1 apart.
  assertAlmostEquals(areaBetween(high, low), 2, 1e-12);
  assertAlmostEquals(areaBetween(low, high), -2, 1e-12);
  assertEquals(areaBetween(high, high), 0);
});

Deno.test("areaBetween() is undefined where no reward is common", () => {
  const curve = [at(0, 1), at(1, 0)];
  assertEquals(areaBetween(curve, [at(2, 1), at(3, 0)]), NaN);
  // One common reward is no range.
  assertEquals(areaBetween(curve, [at(1, 1), at(2, 0)]), NaN);
});

Deno.test("diversityAtReward() counts a point at the reward itself", () => {
  // A peak that reaches reward 1 exactly holds 5 there, as does a single point.
  assertEquals(diversityAtReward([at(0, 0), at(1, 5), at(0, 0)], 1), 5);
  assertEquals(diversityAtReward([at(1, 5)], 1), 5);
  // Two of one reward hold the larger of theirs.
  assertEquals(diversityAtReward([at(1, 3), at(1, 5)], 1), 5);
  // Only the one that reaches it counts, not the higher one below it.
  assertEquals(diversityAtReward([at(0.999, 9), at(1, 5)], 1), 5);
});

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
