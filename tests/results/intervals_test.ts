import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  meanInterval,
  pairedDifference,
  successInterval,
} from "../../lib/results/intervals.ts";

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

Deno.test("successInterval() refuses counts that cannot be", () => {
  assertThrows(() => successInterval(1, 0), RangeError, "trials");
  assertThrows(() => successInterval(3, 2), RangeError, "successes in [0, 2]");
  assertThrows(() => successInterval(0.5, 2), RangeError, "got 0.5");
});
