import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import type { FrontierPoint } from "../../metrics/tilted_frontier.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import type { TableRow } from "../table_row.ts";
import { above, judge, type VerdictRow, within } from "../verdict.ts";
import { frontPanels } from "./front_panels.ts";
import { exactFrontier, taskTitles } from "./mixture_panels.ts";
import { betaBars, pressureFigure } from "./pressure_figure.ts";
import {
  columnDifference,
  distinct,
  lastRows,
  meanFinite,
  summariseAlive,
  where,
} from "./sweeps.ts";

const metrics = [
  "reward",
  "trueReward",
  "modeEntropy",
  "coverage",
  "offManifold",
  "pairwiseDistance",
  "slicedW2",
  "kl",
  "penaltyGood",
  "penaltyBad",
  "pullGood",
  "pullBad",
  "pushGood",
  "pushBad",
];
const post = "seed post, The Fixed-beta Dilemma";

/**
 * Reports the fixed-beta sweep: the fronts beside the exact ones, and what a fixed
 * beta does to good and to bad samples.
 *
 * @param run What {@linkcode fixedBeta} returned.
 * @returns The record to show and to keep.
 */
export async function reportFixedBeta(run: Run): Promise<ExperimentRecord> {
  const tasks = distinct<MixtureTask>(run.rows, "task");
  const end = lastRows(run.rows);
  const summary = summariseAlive(end, {
    by: ["task", "method", "beta"],
    metrics,
  });
  const frontiers = new Map<MixtureTask, FrontierPoint[]>();
  for (const task of tasks) frontiers.set(task, await exactFrontier(task));
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: end,
    summary,
    verdicts: verdicts(end),
    headlines: headlines(end),
    figures: {
      fixed_beta_fronts: frontPanels(summary, frontiers, {
        title: "ORW-CFM-W2: what each beta buys and costs (mean, 95% interval)",
      }),
      fixed_beta_hacking: hackingFigure(summary),
      fixed_beta_pressure: pressureFigure(summary, {
        task: "graded",
        methods: distinct<string>(run.rows, "method"),
        title: "What a fixed beta does to good (A > 0) and bad (A < 0) samples",
      }),
    },
  };
}

function verdicts(end: readonly Row[]): VerdictRow[] {
  const arms = distinct<MixtureTask>(end, "task").flatMap((task) =>
    distinct<string>(end, "method").map((method) => ({ task, method }))
  );
  return arms.flatMap(({ task, method }) => {
    const rows = where(end, { task, method });
    const betas = distinct<number>(rows, "beta");
    const [free, tight] = [betas[0], betas.at(-1)!]
      .map((beta) => where(rows, { beta }));
    const arm = `${taskTitles[task]}, ${method}`;
    const paired = meanFinite(
      where(rows, { beta: betas[Math.floor(betas.length / 2)] })
        .map(({ pullGood, pullBad }) =>
          Math.log2(pullGood as number / (pullBad as number))
        ),
    );
    return [
      judge({
        claim: `A larger beta keeps more diversity (${arm})`,
        source: post,
        statistic: "mode entropy, largest minus smallest beta (nats)",
        ...columnDifference(tight, free, "modeEntropy"),
        rule: above(0),
      }),
      judge({
        claim: `A larger beta costs reward (${arm})`,
        source: post,
        statistic: "mean reward, smallest minus largest beta",
        ...columnDifference(free, tight, "reward"),
        rule: above(0),
      }),
      judge({
        claim: `A fixed beta presses good and bad samples alike (${arm})`,
        source: `${post}: "same constraint as bad sample"`,
        statistic:
          "log2 of the mean beta |v - vRef|^2, good over bad, middle beta",
        ...paired,
        rule: within(-0.2, 0.2),
      }),
    ];
  });
}

function headlines(end: readonly Row[]): Headline[] {
  return distinct<MixtureTask>(end, "task").flatMap((task) =>
    distinct<string>(end, "method").flatMap((method) =>
      distinct<number>(where(end, { task, method }), "beta").map((beta) => ({
        name: `mode entropy (${taskTitles[task]}, ${method}, beta ${beta})`,
        ...meanFinite(
          where(end, { task, method, beta })
            .map(({ modeEntropy }) => modeEntropy as number),
        ),
        unit: "nats",
      }))
    )
  );
}

function hackingFigure(summary: readonly TableRow[]): Figure {
  const methods = new Set(summary.map(({ method }) => method as string));
  const shown = {
    reward: "proxy reward",
    trueReward: "true reward",
    offManifold: "share off the data",
  };
  const list = [...methods].map((method) => ({
    title: method,
    xTitle: "beta",
    yTitle: "mean per sample",
    xaxis: { type: "category" as const },
    data: betaBars(where(summary, { task: "hack", method }), shown),
  }));
  return panels(list, {
    title: "Reward hacking against the regularisation (mean, 95% interval)",
    columns: list.length,
    width: 960,
    rowHeight: 340,
  });
}
