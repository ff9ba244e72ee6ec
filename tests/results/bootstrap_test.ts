import { assert, assertEquals, assertThrows } from "@std/assert";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { bootstrap } from "../../lib/results/bootstrap.ts";
import { meanInterval } from "../../lib/results/intervals.ts";

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
