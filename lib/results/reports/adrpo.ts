import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import type { FrontierPoint } from "../../metrics/tilted_frontier.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import type { TableRow } from "../table_row.ts";
import { frontPanels } from "./front_panels.ts";
import { exactFrontier, taskTitles } from "./mixture_panels.ts";
import { pressureFigure } from "./pressure_figure.ts";
import {
  distinct,
  lastRows,
  meanFinite,
  summariseAlive,
  where,
} from "./sweeps.ts";
import {
  controlVerdicts,
  mechanismVerdicts,
  ours,
  rivalVerdicts,
  stabilityVerdicts,
} from "./adrpo_verdicts.ts";
import {
  betaFigure,
  covarianceFigure,
  stabilityFigure,
} from "./adrpo_figures.ts";

export const metrics = [
  "reward",
  "trueReward",
  "modeEntropy",
  "coverage",
  "offManifold",
  "pairwiseDistance",
  "slicedW2",
  "kl",
  "penalty",
  "covariance",
  "betaMean",
  "betaNegative",
  "pullGood",
  "pullBad",
];

/**
 * Reports the ADRPO experiment: fronts under one budget, what the adaptation does,
 * stability, and the controls.
 *
 * @param run What {@linkcode adrpo} returned.
 * @returns The record to show and to keep.
 */
export async function reportAdrpo(run: Run): Promise<ExperimentRecord> {
  const tasks = distinct<MixtureTask>(run.rows, "task");
  const end = lastRows(run.rows);
  const isVariant = ({ method }: TableRow) =>
    (method as string).startsWith("control") ||
    (method as string).startsWith(`${ours},`);
  const compared = end.filter((row) => !isVariant(row));
  const by = ["task", "method", "beta"];
  const summary = summariseAlive(end, { by, metrics });
  const frontiers = new Map<MixtureTask, FrontierPoint[]>();
  for (const task of tasks) frontiers.set(task, await exactFrontier(task));
  const ablated = new Map(
    distinct<MixtureTask>(end.filter(isVariant), "task")
      .map((task) => [task, frontiers.get(task)!]),
  );
  const betas = distinct<number>(end.filter(isVariant), "beta");
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: end,
    summary,
    verdicts: [
      ...rivalVerdicts(compared, tasks),
      ...mechanismVerdicts(run.rows, compared),
      ...stabilityVerdicts(compared, tasks),
      ...controlVerdicts(end, [...ablated.keys()]),
    ],
    headlines: headlines(compared),
    figures: {
      adrpo_fronts: frontPanels(
        summary.filter((row) => !isVariant(row)),
        frontiers,
        { title: "Four methods under one budget (mean, 95% interval)" },
      ),
      adrpo_controls: frontPanels(
        summary.filter((row) =>
          (isVariant(row) || row.method === ours) &&
          ablated.has(row.task as MixtureTask) &&
          betas.includes(row.beta as number)
        ),
        ablated,
        { title: "ADRPO-FM, its clips and its controls (mean, 95% interval)" },
      ),
      adrpo_beta_eff: betaFigure(run.rows),
      adrpo_covariance: covarianceFigure(run.rows),
      adrpo_pressure: pressureFigure(summary, {
        task: "graded",
        methods: [ours, "advantage weighting"],
        title: "Regularisation of good and bad samples, adaptive and fixed",
      }),
      adrpo_stability: stabilityFigure(end, tasks),
    },
  };
}

function headlines(rows: readonly Row[]): Headline[] {
  return distinct<MixtureTask>(rows, "task").flatMap((task) =>
    distinct<string>(rows, "method").flatMap((method) => {
      const arm = where(rows, { task, method });
      const middle = distinct<number>(arm, "beta")[2] ??
        distinct<number>(arm, "beta").at(-1)!;
      const picked = where(arm, { beta: middle });
      return ["reward", "modeEntropy"].map((column) => ({
        name: `${column} (${
          taskTitles[task]
        }, ${method}, coefficient ${middle})`,
        ...meanFinite(picked.map((row) => row[column] as number)),
        unit: column === "reward" ? "" : "nats",
      }));
    })
  );
}
