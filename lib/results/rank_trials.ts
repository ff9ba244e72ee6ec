import { assertKnown } from "../tf/check.ts";
import { hypervolume, type Point } from "./fronts.ts";
import type { TableRow } from "./rows.ts";
import { meanCurve, sweepOf } from "./sweeps.ts";

/** By what methods are tuned. */
export interface RankTrialsOptions {
  /** The columns that are tuned, such as `["learningRate", "updates"]`. */
  by: readonly string[];
  /** The column of diversity. */
  diversity: string;
  /** The column of the reward; `"reward"` when left out. */
  reward?: string;
  /** The worst reward and diversity that count; see {@linkcode hypervolume}. */
  worst: Point;
}

/**
 * Tunes methods by one rule: of the values of some columns, those whose mean front has
 * the largest hypervolume. It is for exploration seeds: the values go into the protocol,
 * and the seeds that decide are others. A setting in which a run was lost is no point of a
 * front; values without any point have a hypervolume of 0.
 *
 * @param rows Rows at the end, with `method`, `coefficient`, `seed` and the columns of
 * `by`; of one task.
 * @param options What is tuned, and the columns and the worst point of the fronts.
 * @returns A row a method and set of values, the best first in each method: `method`, the
 * columns of `by`, and `hypervolume`.
 *
 * @example
 * ```ts
 * import { rankTrials } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0.001, 0.01].flatMap((learningRate) =>
 *   [0.1, 1].map((coefficient) => ({
 *     ...{ method: "GRPO", learningRate, coefficient, seed: 0, alive: true },
 *     reward: 0.5 + 10 * learningRate - coefficient / 10,
 *     entropy: coefficient,
 *   }))
 * );
 * const [best] = rankTrials(rows, {
 *   by: ["learningRate"],
 *   diversity: "entropy",
 *   worst: { reward: 0, diversity: 0 },
 * });
 * assertEquals(best.learningRate, 0.01);
 * ```
 */
export function rankTrials(
  rows: readonly TableRow[],
  options: RankTrialsOptions,
): TableRow[] {
  assertKnown("the options of rankTrials", options, [
    ...["by", "diversity", "reward", "worst"],
  ]);
  const { by, diversity, reward = "reward", worst } = options;
  const columns = ["method", ...by];
  const groups = Map.groupBy(
    rows,
    (row) => JSON.stringify(columns.map((name) => row[name])),
  );
  const scored = [...groups.values()].map((own) => {
    const sweep = sweepOf(own, {
      coefficient: "coefficient",
      reward,
      diversity,
    });
    const mean = meanCurve(sweep, [...sweep.seeds.keys()]);
    return { setting: own[0], volume: hypervolume(mean, worst) };
  });
  const byMethod = Map.groupBy(scored, ({ setting }) => setting.method);
  return [...byMethod.values()].flatMap((own) =>
    own.toSorted((a, b) => b.volume - a.volume).map(({ setting, volume }) => ({
      ...Object.fromEntries(columns.map((name) => [name, setting[name]])),
      hypervolume: volume,
    }))
  );
}
