import type { Run } from "../../experiments/run.ts";
import type { SequenceFrontierPoint } from "../../metrics/sequence_frontier.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import type { TableRow } from "../table_row.ts";
import { above, judge, type VerdictRow } from "../verdict.ts";
import {
  digitSumFrontier,
  languageFronts,
  languageMetrics,
  languageStyle,
  leastGain,
} from "./language_panels.ts";
import {
  curveOf,
  distinct,
  diversityGain,
  lastRows,
  summariseAlive,
  where,
} from "./sweeps.ts";

const source = "ADRPO, Table 1 (SD3, in miniature)";
const shown = [
  "RAFT",
  "DPO",
  "GRPO, k3",
  "GRPO, exact KL",
  "ADRPO-GRPO, unclipped",
  "ADRPO-GRPO, beta_eff ≥ 0",
];

/**
 * Reports the rows of the paper's first table in miniature: one row a method, at the
 * setting that ends nearest to the middle of the rewards in reach; and the fronts.
 *
 * @param run What {@linkcode preferences} returned.
 * @returns The record to show and to keep; `summary` has every setting.
 */
export async function reportPreferences(run: Run): Promise<ExperimentRecord> {
  const end = lastRows(run.rows);
  const start = run.rows.filter(({ iteration }) => iteration === 0);
  const reference = summariseAlive(
    where(start, { method: shown[0] }).map((row) => ({
      ...row,
      method: "reference",
      beta: 0,
    })).slice(0, distinct(start, "seed").length),
    { by: ["method", "beta"], metrics: languageMetrics },
  );
  const summary = summariseAlive(end, {
    by: ["method", "beta"],
    metrics: languageMetrics,
  });
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: run.rows,
    summary: [...reference, ...summary],
    verdicts: verdicts(end),
    headlines: tableOfMethods([...reference, ...summary]).map((row) => ({
      name: `effective right answers, ${row.method} at ${row.beta}`,
      value: row.answers as number,
      low: row.answersLow as number,
      high: row.answersHigh as number,
      n: row.seeds as number,
      unit: "",
    })),
    figures: {
      preferences_fronts: frontsFigure(summary, await digitSumFrontier()),
    },
  };
}

/** The reward that every row of the table should have, if its method reaches it. */
const wantedReward = 0.6;

/**
 * One row a method: the setting with the most entropy among those that reach a
 * reward of 0.6, else the one with the highest reward.
 *
 * @param summary The `summary` of {@linkcode reportPreferences}.
 * @returns The rows of the paper's table.
 */
export function tableOfMethods(summary: readonly TableRow[]): TableRow[] {
  const methods = Map.groupBy(summary, ({ method }) => method);
  return [...methods.values()].map((rows) => {
    const reaching = rows.filter(({ reward }) =>
      reward as number >= wantedReward
    );
    const [of, metric] = reaching.length > 0
      ? [reaching, "entropy"]
      : [rows, "reward"];
    return of.reduce((a, b) =>
      b[metric] as number > (a[metric] as number) ? b : a
    );
  });
}

function verdicts(end: readonly Row[]): VerdictRow[] {
  const curve = (method: string) => curveOf(where(end, { method }), "entropy");
  const versus = (method: string, rivals: readonly string[]) =>
    rivals.map((rival) =>
      judge({
        claim: `${method} keeps more diversity at equal reward than ${rival}`,
        source,
        statistic:
          "mean difference of entropy over the rewards that both reach (nats)",
        ...diversityGain(curve(method), curve(rival)),
        rule: above(leastGain),
      })
    );
  return [
    ...versus("ADRPO-GRPO, unclipped", shown.slice(0, 4)),
    ...versus("ADRPO-GRPO, beta_eff ≥ 0", shown.slice(0, 4)),
    ...versus("GRPO, k3", ["RAFT", "DPO"]),
  ];
}

function frontsFigure(
  summary: readonly TableRow[],
  frontier: readonly SequenceFrontierPoint[],
): Figure {
  const series = shown.map((name) => ({
    name,
    style: languageStyle(name),
    rows: summary.filter(({ method }) => method === name),
  }));
  const title =
    "Preferences, ranking and policy gradients on one task (labels: beta)";
  return languageFronts(series, {
    metrics: ["entropy", "klExact"],
    frontier,
    title,
  });
}
