/**
 * Which interval keeps its level when seeds are nested in a few references? Simulates
 * one value a run, `mean + reference + seed`, both noises with mean 0, and prints how
 * often each interval misses the mean, and how often it tells the mean from 0 where that
 * is a margin or two away. It is run by hand:
 *
 *     deno run --allow-read --allow-env tests/campaigns/reference_intervals.ts --trials 4000
 *
 * It is why `estimate` takes Student's t over the references and why a study has more
 * references, and fewer seeds of each, rather than the reverse.
 *
 * @module
 */

import { parseArgs } from "node:util";
import jstat from "jstat";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** The runs of one simulated comparison: `runs[reference][seed]`. */
type Runs = readonly (readonly number[])[];
/** Whether the interval of this level that is made of the runs has the value in it. */
type Covers = (runs: Runs, level: number, value: number) => boolean;

const { values: flags } = parseArgs({
  options: {
    trials: { type: "string", default: "4000" },
    resamples: { type: "string", default: "400" },
  },
});
const [trials, resamples] = [Number(flags.trials), Number(flags.resamples)];
const generator = xoroshiro128plus(20261126);

function normal(): number {
  const [u, v] = [uniformFloat64(generator), uniformFloat64(generator)];
  return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
}
/** Mean 0, variance 1, and a long tail to the right. */
const skewed = () => (normal() ** 2 - 1) / Math.SQRT2;

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const squares = (values: readonly number[], centre: number) =>
  values.reduce((sum, value) => sum + (value - centre) ** 2, 0);

/** Student's t quantiles, which are slow to find. */
const quantiles = new Map<string, number>();
function quantile(level: number, df: number): number {
  const key = `${level} ${df}`;
  if (!quantiles.has(key)) {
    quantiles.set(key, jstat.studentt.inv(1 - level / 2, df));
  }
  return quantiles.get(key)!;
}

const byT = (values: readonly number[], level: number, value: number) => {
  const [n, centre] = [values.length, mean(values)];
  const error = Math.sqrt(squares(values, centre) / (n - 1) / n);
  return Math.abs(centre - value) <= quantile(level, n - 1) * error;
};

const draw = (n: number) => uniformInt(generator, 0, n - 1);

function byResamples(
  centre: (runs: Runs) => number,
  tail: (runs: Runs, level: number) => number,
): Covers {
  return (runs, level, value) => {
    const draws = Float64Array.from(
      { length: resamples },
      () => centre(runs),
    ).sort();
    const rank = Math.floor(tail(runs, level) * resamples);
    return value >= draws[rank] && value <= draws[resamples - 1 - rank];
  };
}

const intervals: Record<string, Covers> = {
  "t over runs, references forgotten": (runs, level, value) =>
    byT(runs.flat(), level, value),
  "references as fixed blocks": (runs, level, value) => {
    const centres = runs.map(mean);
    const within = runs.map((own, r) => squares(own, centres[r]));
    const n = runs.flat().length;
    const df = n - runs.length;
    if (df === 0) return true;
    const error = Math.sqrt(within.reduce((a, b) => a + b) / df / n);
    return Math.abs(mean(centres) - value) <= quantile(level, df) * error;
  },
  "pooled where F < 1": (runs, level, value) => {
    // The mixed model by ANOVA: a variance of references below 0 counts as 0.
    const [seeds, centres] = [runs[0].length, runs.map(mean)];
    const between = seeds * squares(centres, mean(centres)) / (runs.length - 1);
    const n = runs.flat().length;
    const within = runs.map((own, r) => squares(own, centres[r]))
      .reduce((a, b) => a + b) / (n - runs.length);
    return between < within
      ? byT(runs.flat(), level, value)
      : byT(centres, level, value);
  },
  "bootstrap of references": byResamples(
    (runs) => mean(runs.map(() => mean(runs[draw(runs.length)]))),
    (_, level) => level / 2,
  ),
  "two-level bootstrap": byResamples(
    (runs) =>
      mean(runs.map(() => {
        const own = runs[draw(runs.length)];
        return mean(own.map(() => own[draw(own.length)]));
      })),
    (_, level) => level / 2,
  ),
  "two-level bootstrap, expanded": byResamples(
    (runs) =>
      mean(runs.map(() => {
        const own = runs[draw(runs.length)];
        return mean(own.map(() => own[draw(own.length)]));
      })),
    ({ length: n }, level) =>
      jstat.normal.cdf(
        -Math.sqrt(n / (n - 1)) * quantile(level, n - 1),
        0,
        1,
      ),
  ),
  "t over references": (runs, level, value) =>
    byT(runs.map(mean), level, value),
};

function simulate(
  [references, seeds]: readonly [number, number],
  spread: { reference: number; seed: number },
  noise: () => number,
): Runs {
  return Array.from({ length: references }, () => {
    const own = spread.reference * noise();
    return Array.from({ length: seeds }, () => own + spread.seed * noise());
  });
}

const percent = (count: number) => `${(100 * count / trials).toFixed(1)}%`;
/** The noise of a run, in margins: about what the first study's fronts have. */
const seed = 0.6;

function compare(
  design: readonly [number, number],
  reference: number,
  shape: string,
  level: number,
) {
  const noise = shape === "normal" ? normal : skewed;
  const counts = Object.keys(intervals).map((name) => ({
    ...{ name, misses: 0, one: 0, two: 0 },
  }));
  for (let trial = 0; trial < trials; trial++) {
    const runs = simulate(design, { reference, seed }, noise);
    for (const count of counts) {
      const covers = intervals[count.name];
      if (!covers(runs, level, 0)) count.misses++;
      // Seen from an effect of one margin, 0 lies a margin below it.
      if (!covers(runs, level, -1)) count.one++;
      if (!covers(runs, level, -2)) count.two++;
    }
  }
  return counts.map(({ name, misses, one, two }) => ({
    ...{ references: design.join(" x "), spread: reference, shape, level },
    ...{ interval: name, misses: percent(misses) },
    ...{ "power at 1": percent(one), "power at 2": percent(two) },
  }));
}

if (import.meta.main) {
  const rows = [0, 0.3, 0.6].flatMap((reference) => [
    ...compare([4, 5], reference, "normal", 0.05),
    ...compare([4, 5], reference, "skewed", 0.05),
    ...compare([4, 5], reference, "normal", 0.01),
  ]);
  console.table(rows);
  // The same number of runs, over more references.
  const designs = [[4, 5], [5, 4], [10, 2], [20, 1]] as const;
  console.table(
    [0, 0.3, 0.6].flatMap((reference) =>
      designs.flatMap((design) =>
        [0.05, 0.05 / 6].flatMap((level) =>
          compare(design, reference, "normal", level)
            .filter(({ interval }) => interval === "t over references")
        )
      )
    ),
  );
}
