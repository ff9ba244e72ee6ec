import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  bootstrap,
  meanInterval,
  pairedDifference,
  successInterval,
} from "../../lib/results/statistics.ts";

Deno.test("bootstrap() takes the expanded tail of the resampled means", () => {
  // The sum of a resample of 1..5 is 5 with chance 1/3125 = 0.00032, and 6 with
  // chance 5/3125 = 0.0016. The tail for n = 5 is Phi(sqrt(5/4) t_4(0.025)) =
  // Phi(-3.1042) = 0.00097: it lies where the sum is 6, the mean 1.2.
  const { value, low, high, n } = meanInterval([1, 2, 3, 4, 5]);
  assertEquals({ value, low, high, n }, {
    value: 3,
    low: 1.2,
    high: 4.8,
    n: 5,
  });
});

Deno.test("bootstrap() leaves one run unbounded", () => {
  assertEquals(bootstrap(1, () => 7), {
    value: 7,
    low: -Infinity,
    high: Infinity,
    n: 1,
  });
});

Deno.test("bootstrap() reaches from least to most with two runs", () => {
  // t_1(0.025) = -12.7: the tail is Phi(-17.97) = 0.
  const { low, high } = meanInterval([0, 1]);
  assertEquals([low, high], [0, 1]);
});

Deno.test("bootstrap() counts undefined resamples against both ends", () => {
  // Undefined when run 0 is drawn for all: 1 in 3125, less than the tail.
  const rare = bootstrap(5, (at) => at.every((i) => i === 0) ? NaN : 1);
  assertEquals([rare.low, rare.high], [1, 1]);
  // Undefined when run 0 is not drawn: 1024 in 3125, far more than the tail.
  const common = bootstrap(5, (at) => at.includes(0) ? 1 : NaN);
  assertEquals([common.value, common.low, common.high], [
    1,
    -Infinity,
    Infinity,
  ]);
});

Deno.test("bootstrap() gives equal runs equal intervals", () => {
  const values = [0.3, 0.1, 0.8, 0.4, 0.2, 0.9];
  assertEquals(meanInterval(values), meanInterval(values));
});

Deno.test("bootstrap() turns its interval over with the sign of the statistic", () => {
  // Hardly two resamples of twelve have one mean, so that each rank counts.
  const values = Array.from({ length: 12 }, (_, i) => Math.exp(i / 3));
  const interval = meanInterval(values);
  const turned = meanInterval(values.map((value) => -value));
  assertEquals([turned.low, turned.high], [-interval.high, -interval.low]);
});

Deno.test("bootstrap() covers the mean of five normal runs 91 times in 100", () => {
  const generator = xoroshiro128plus(7);
  const uniform = () => uniformFloat64(generator);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const trials = 300;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = meanInterval(Array.from({ length: 5 }, normal));
    if (low <= 0 && high >= 0) covered++;
  }
  // Three standard errors of the rate: 3 sqrt(0.91 * 0.09 / 300) = 0.05. The plain
  // percentile interval, at 0.83, is out of it.
  assert(Math.abs(covered / trials - 0.91) < 0.05, `${covered} of ${trials}`);
});

Deno.test("bootstrap() refuses an empty or broken number of runs", () => {
  for (const n of [0, -1, 2.5, NaN]) {
    assertThrows(() => bootstrap(n, () => 0), RangeError, "expected n");
  }
});

Deno.test("pairedDifference() sheds the noise that pairs share", () => {
  const b = [0.1, 5.2, 2.4, 9.9, 7.3];
  const a = b.map((value) => value + 0.5);
  const paired = pairedDifference(a, b);
  assertAlmostEquals(paired.low, 0.5, 1e-12);
  assertAlmostEquals(paired.high, 0.5, 1e-12);
  // Apart, the two intervals overlap by far.
  assert(meanInterval(a).low < meanInterval(b).high);
});

Deno.test("pairedDifference() refuses seeds that do not pair", () => {
  assertThrows(
    () => pairedDifference([1, 2], [1]),
    RangeError,
    "expected b of length 2, got 1",
  );
});

Deno.test("meanInterval() refuses none, and values that are not finite", () => {
  assertThrows(() => meanInterval([]), RangeError, "at least 1 run");
  assertThrows(() => meanInterval([1, NaN]), RangeError, "got NaN at 1");
  assertThrows(() => meanInterval([-Infinity]), RangeError, "-Infinity at 0");
});

Deno.test("successInterval() gives the published Wilson intervals", () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion",
  // Statistics in Medicine 17 (1998), Table I, method 3.
  const published = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [successes, trials, low, high] of published) {
    const rate = successInterval(successes, trials);
    assertAlmostEquals(rate.value, successes / trials);
    assertAlmostEquals(rate.low, low, 5e-5);
    assertAlmostEquals(rate.high, high, 5e-5);
  }
});

Deno.test("successInterval() stays in [0, 1] and is symmetric in failure", () => {
  const all = successInterval(20, 20);
  const none = successInterval(0, 20);
  assert(all.high <= 1 && none.low === 0);
  assertAlmostEquals(all.low, 1 - none.high, 1e-12);
  assertEquals(all.n, 20);
});

Deno.test("successInterval() takes one trial", () => {
  // The scores that one success of one does not refuse: (1 - p) / p <= z^2, so that
  // p >= 1 / (1 + 1.96^2).
  const { low, high } = successInterval(1, 1);
  assertAlmostEquals(low, 1 / 4.8415, 1e-5);
  assertAlmostEquals(high, 1, 1e-12);
});

Deno.test("successInterval() refuses counts that cannot be", () => {
  assertThrows(() => successInterval(1, 0), RangeError, "trials");
  assertThrows(() => successInterval(3, 2), RangeError, "successes in [0, 2]");
  assertThrows(() => successInterval(0.5, 2), RangeError, "got 0.5");
});

Deno.test("meanInterval() takes very many values, to the normal interval", () => {
  // Of 0 and 1 in turns: standard error 0.5 / sqrt(1e5) = 0.00158, times 1.96.
  const { low, high } = meanInterval(
    Array.from({ length: 100_000 }, (_, i) => i % 2),
  );
  assertAlmostEquals(low, 0.5 - 0.0031, 1e-5);
  assertAlmostEquals(high, 0.5 + 0.0031, 1e-5);
});

Deno.test("meanInterval() of very many equal values has no width", () => {
  const n = 20_000;
  const equal = meanInterval(Array.from({ length: n }, () => 2));
  assertEquals(equal, { value: 2, low: 2, high: 2, n });
});

Deno.test("the resampled interval meets the normal one where it ends", () => {
  const values = Array.from({ length: 1000 }, (_, i) => i % 2);
  const { low, high, n } = meanInterval(values);
  // Standard error 0.0158, times 1.96 = 0.031.
  assertAlmostEquals(low, 0.469, 0.002);
  assertAlmostEquals(high, 0.531, 0.002);
  assertEquals(n, 1000);
});
