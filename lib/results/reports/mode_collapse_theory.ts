import { mixture, mixtureRewards } from "../../experiments/mixture_task.ts";
import type { MixtureTask } from "../../experiments/mixture_task.ts";
import { relativeShares } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import { tiltedModeShares } from "../../metrics/tilted_mode_shares.ts";
import { tf } from "../../tf/backend.ts";
import type { TableRow } from "../table_row.ts";
import { below, judge, type VerdictRow } from "../verdict.ts";
import { taskTitles } from "./mixture_panels.ts";
import { meanFinite, where } from "./sweeps.ts";

export const modes = mixture.means.length;

export const modeColumns = Array.from({ length: modes }, (_, k) => `mode${k}`);

/** Where the theory q_n ∝ exp(n tau r) q_0 stands at the reward that was measured. */
export interface Theory {
  /** n tau. */
  nTau: number;
  /** The shares of the modes counted from the likeliest. */
  shares: number[];
}

/** The evaluation half-way up from the first reward to the largest. */
export function middle(rows: readonly TableRow[]): TableRow {
  const rewards = rows.map(({ reward }) => reward as number);
  const target = (rewards[0] + Math.max(...rewards)) / 2;
  return rows.find(({ reward }) => reward as number >= target) ?? rows.at(-1)!;
}

/** Finds the n tau whose exact mode shares are closest to those measured. */
export async function fitTheory(
  task: MixtureTask,
  row: TableRow,
): Promise<Theory> {
  const nTaus = Array.from({ length: 81 }, (_, i) => i / 4);
  const columns = tf.tidy(() => {
    const shares = tiltedModeShares(mixture, mixtureRewards[task], nTaus);
    return tf.stack(Object.values(relativeShares(shares)), 1);
  });
  const predicted = await columns.array() as number[][];
  columns.dispose();
  const measured = modeColumns.map((column) => row[column] as number);
  const distances = predicted.map((shares) =>
    shares.reduce((sum, share, k) => sum + Math.abs(share - measured[k]), 0)
  );
  const best = distances.indexOf(Math.min(...distances));
  return { nTau: nTaus[best], shares: predicted[best] };
}

/** Whether the modes, half-way up, are those of the theory at its best fit. */
export function theoryVerdicts(
  run: Run,
  summary: readonly TableRow[],
  method: string,
  theories: ReadonlyMap<MixtureTask, Theory>,
): VerdictRow[] {
  return [...theories].map(([task, { shares }]) => {
    const { iteration } = middle(where(summary, { task, method }));
    const rows = run.rows.filter((row) =>
      row.task === task && row.method === method && row.iteration === iteration
    );
    const distance = meanFinite(rows.map((row) => {
      const measured = modeColumns.map((column) => row[column] as number);
      return totalVariation(measured, shares);
    }));
    return judge({
      claim: `The modes go through q_n ∝ exp(n tau r) q_0 (${
        taskTitles[task]
      })`,
      source: "Fan et al. 2025 (ORW-CFM-W2), limiting behaviour",
      statistic: "total variation to q_n at the best n tau, half-way up",
      ...distance,
      rule: below(0.1),
    });
  });
}

/** Half the sum of absolute differences, of shares scaled to sum to 1. */
function totalVariation(a: readonly number[], b: readonly number[]): number {
  const sum = (values: readonly number[]) => values.reduce((x, y) => x + y, 0);
  const [totalA, totalB] = [sum(a), sum(b)];
  return sum(a.map((x, k) => Math.abs(x / totalA - b[k] / totalB))) / 2;
}
