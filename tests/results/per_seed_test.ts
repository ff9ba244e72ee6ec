import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  eachSeed,
  estimate,
  pairedBySeed,
} from "../../lib/results/per_seed.ts";
import {
  successDifference,
  successRate,
} from "../../lib/results/success_shares.ts";
import { successInterval } from "../../lib/results/statistics.ts";

/** Five evaluations a seed, whose value is all the seed's own. */
const often = [1, 2, 3, 4, 5].flatMap((value, seed) =>
  Array.from({ length: 5 }, (_, iteration) => ({ seed, iteration, value }))
);

Deno.test("eachSeed() counts seeds, however many rows each has", () => {
  const mean = eachSeed(
    often,
    (own) => own.reduce((sum, { value }) => sum + value, 0) / own.length,
  );
  // Equal to the interval of 1..5; of 25 values it would be half as wide.
  assertEquals(estimate(mean), { value: 3, low: 1.2, high: 4.8, n: 5 });
});

Deno.test("eachSeed() orders seeds, so that equal seeds see equal resamples", () => {
  const statistic = (rows: typeof often) =>
    estimate(eachSeed(rows, ([{ value }]) => value ** 2));
  assertEquals(statistic(often), statistic(often.toReversed()));
});

Deno.test("eachSeed() leaves a seed out that has no finite value, and says so", () => {
  const rows = [1, NaN, 1, Infinity].map((value, seed) => ({ seed, value }));
  assertEquals(estimate(eachSeed(rows, ([{ value }]) => value)), {
    value: 1,
    low: 1,
    high: 1,
    n: 2,
  });
  assertEquals(estimate(eachSeed(rows.slice(0, 2), ([{ value }]) => value)), {
    value: 1,
    low: -Infinity,
    high: Infinity,
    n: 1,
  });
});

Deno.test("a statistic may have no value where every seed diverged, and only there", () => {
  const rows = [0, 1].map((seed) => ({ seed, alive: false, bin0: 1 }));
  assertEquals(estimate(eachSeed(rows, () => NaN)), {
    value: NaN,
    low: -Infinity,
    high: Infinity,
    n: 0,
  });
});

Deno.test("a statistic of no finite value is refused where a seed is alive", () => {
  const rows = [0, 1].map((seed) => ({ seed, alive: seed > 0, bin0: 1 }));
  const message = "is a column misspelt? The rows have seed, alive";
  const refused = (measure: () => unknown) =>
    assertEquals(
      assertThrows(measure, RangeError, message).message.includes("bin0"),
      false,
    );
  refused(() => eachSeed(rows, () => NaN));
  refused(() => eachSeed(rows, () => undefined as never));
  refused(() => pairedBySeed(rows, rows, () => NaN));
});

Deno.test("a statistic of no row is refused: its case is misspelt", () => {
  assertThrows(() => eachSeed([], () => 1), RangeError, "got no row");
  assertThrows(
    () => eachSeed([{ value: 1 }], () => 1),
    TypeError,
    "number in column seed",
  );
});

Deno.test("pairedBySeed() pairs by seed, not by order", () => {
  const a = [{ seed: 0, reward: 5 }, { seed: 1, reward: 7 }];
  const b = [{ seed: 1, reward: 6 }, { seed: 0, reward: 4 }];
  const gain = estimate(
    pairedBySeed(a, b, ([x], [y]) => x.reward - y.reward),
  );
  assertEquals(gain, { value: 1, low: 1, high: 1, n: 2 });
  assertThrows(
    () => pairedBySeed(a, b.slice(1), () => 0),
    RangeError,
    "expected those of a, 0, 1, got 0 in b",
  );
});

Deno.test("successRate() keeps a width where all seeds succeed", () => {
  const rows = Array.from({ length: 20 }, (_, seed) => ({ seed, solved: 1 }));
  const solved = ({ solved }: { solved: number }) => solved > 0;
  assertEquals(
    estimate(successRate(rows, solved)),
    successInterval(20, 20),
  );
});

Deno.test("successRate() of a grid is a mean over seeds, not over settings", () => {
  // Seed 0 always succeeds and seed 1 never: two seeds, whatever the grid.
  const rows = [0, 1].flatMap((seed) =>
    Array.from({ length: 9 }, (_, coefficient) => ({ seed, coefficient }))
  );
  assertEquals(estimate(successRate(rows, ({ seed }) => seed === 0)), {
    value: 0.5,
    low: 0,
    high: 1,
    n: 2,
  });
});

const byReference = (values: readonly number[][]) =>
  values.flatMap((own, reference) =>
    own.map((y, i) => ({ reference, seed: 10 * reference + i, y }))
  );

Deno.test("an estimate over references is Student's t of their means", () => {
  const rows = byReference([[0, 2], [2, 2], [1, 5], [7, 5]]);
  const { value, low, high, n, df } = estimate(
    eachSeed(rows, ([row]) => row.y),
  );
  // Means 1, 2, 3, 6; scipy 1.17.1, ttest_1samp: 3 [-0.43743, 6.43743].
  assertEquals([value, n, df], [3, 8, 3]);
  assertAlmostEquals(low, -0.43743, 1e-4);
  assertAlmostEquals(high, 6.43743, 1e-4);
});

Deno.test("one reference alone, or a seed of two references, tells of no level", () => {
  const { low, high } = estimate(
    eachSeed(byReference([[1, 2, 3]]), ([row]) => row.y),
  );
  assertEquals([low, high], [-Infinity, Infinity]);
  const rows = [0, 1].map((reference) => ({ reference, seed: 7, y: 1 }));
  assertThrows(
    () => eachSeed(rows, () => 1),
    RangeError,
    "each seed to start from one reference, got seed 7 of references 0 and 1",
  );
});

Deno.test("shares over references keep a width where all runs agree", () => {
  const all = byReference(Array(4).fill(Array(5).fill(1)));
  const none = all.map((row) => ({ ...row, y: 0 }));
  const success = ({ y }: { y: number }) => y > 0;
  const rate = estimate(successRate(all, success));
  // p = 22 / 24: sqrt(22 * 2 / 24^3).
  assertEquals(rate.value, 1);
  assertAlmostEquals(rate.standardError!, 0.05642, 1e-5);
  const same = estimate(successDifference(none, none, success));
  // p = 1 / 22 of both: sqrt(2 * 21 / 22^3).
  assertEquals(same.value, 0);
  assertAlmostEquals(same.standardError!, 0.0628, 1e-4);
  assertEquals(estimate(successDifference(all, none, success)).value, 1);
});
