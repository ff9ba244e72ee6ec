import { adaptationBins, binColumn } from "../../experiments/signals.ts";
import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import type { FrontierPoint } from "../../metrics/tilted_frontier.ts";
import type { Row } from "../../train/row.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { successInterval } from "../intervals.ts";
import { panels } from "../panels.ts";
import type { TableRow } from "../table_row.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import { frontPanels } from "./front_panels.ts";
import { exactFrontier, taskTitles } from "./mixture_panels.ts";
import { pressureFigure } from "./pressure_figure.ts";
import {
  curveOf,
  distinct,
  diversityGain,
  lastRows,
  meanFinite,
  summariseAlive,
  where,
} from "./sweeps.ts";

const ours = "ADRPO-FM";
const metrics = [
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
const bins = Array.from({ length: adaptationBins }, (_, bin) => binColumn(bin));
const post = "seed post, ADRPO";
const paper = "Fan et al. 2025 (ADRPO), Table 1 in shape";

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

function rivalVerdicts(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): VerdictRow[] {
  const rivals = distinct<string>(rows, "method").filter((m) => m !== ours);
  return tasks.flatMap((task) => {
    const of = (method: string) => where(rows, { task, method });
    return rivals.flatMap((rival) => [
      judge({
        claim:
          `${ours} keeps more mode entropy at equal reward than ${rival} (${
            taskTitles[task]
          })`,
        source: paper,
        statistic: "mean difference over the common rewards (nats)",
        ...diversityGain(
          curveOf(of(ours), "modeEntropy"),
          curveOf(of(rival), "modeEntropy"),
        ),
        rule: above(0),
      }),
      judge({
        claim:
          `${ours} stays closer to the reference at equal reward than ${rival} (${
            taskTitles[task]
          })`,
        source: paper,
        statistic: "mean difference in sliced W2 over the common rewards",
        ...diversityGain(
          negated(curveOf(of(rival), "slicedW2")),
          negated(curveOf(of(ours), "slicedW2")),
        ),
        rule: below(0),
      }),
    ]);
  });
}

/** The curve with the sign of its upward axis turned: less is better. */
function negated(curve: ReturnType<typeof curveOf>): typeof curve {
  return {
    ...curve,
    points: curve.points.map((seeds) =>
      seeds.map(({ reward, diversity }) => ({ reward, diversity: -diversity }))
    ),
  };
}

function mechanismVerdicts(
  all: readonly Row[],
  end: readonly Row[],
): VerdictRow[] {
  const rows = where(end, { task: "graded", method: ours });
  const middle = distinct<number>(rows, "beta")[1];
  const picked = where(rows, { beta: middle });
  const path = where(all, { task: "graded", method: ours, beta: middle });
  const shift = meanFinite(
    path.map(({ betaMean, beta }) => (betaMean as number) - (beta as number)),
  );
  return [
    judge({
      claim: "When all samples are poor, beta_eff rises as a whole",
      source: `${post}, What Emerges in Practice`,
      statistic: "mean of beta_eff minus beta0, all evaluations",
      ...shift,
      rule: above(1e-3),
    }),
    judge({
      claim: "Good samples are regularised less than bad ones",
      source: post,
      statistic: `mean of b |v - vRef|^2, good minus bad, beta0 ${middle}`,
      ...meanFinite(
        picked.map(({ pullGood, pullBad }) =>
          (pullGood as number) - (pullBad as number)
        ),
      ),
      rule: below(0),
    }),
    judge({
      claim:
        "What acts is Cov(A, D): samples far from the reference are the good ones",
      source: "science: E[(beta0 - A) D] = beta0 E[D] - Cov(A, D)",
      statistic: `Cov(A, D), beta0 ${middle}`,
      ...meanFinite(picked.map(({ covariance }) => covariance as number)),
      rule: above(0),
    }),
  ];
}

function stabilityVerdicts(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): VerdictRow[] {
  return tasks.map((task) => {
    const shares = [ours, "advantage weighting"].map((method) => {
      const arm = where(rows, { task, method });
      return distinct<number>(arm, "seed").map((seed) => {
        const runs = where(arm, { seed });
        return runs.filter(blewUp).length / runs.length;
      });
    });
    return judge({
      claim:
        `${ours} is more stable than a fixed beta at the same coefficients (${
          taskTitles[task]
        })`,
      source: `${post}, stabilise`,
      statistic:
        "share of the sweep that diverged or left the plane of the data, ADRPO minus fixed",
      ...meanFinite(shares[0].map((share, i) => share - shares[1][i])),
      rule: below(0),
    });
  });
}

/** Marked as diverged, or samples farther apart than three times the data's. */
const blewUp = ({ alive, pairwiseDistance }: Row) =>
  !alive || !((pairwiseDistance as number) < 7);

function controlVerdicts(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): VerdictRow[] {
  const claims = {
    "control: shuffled": "which samples are good matters, not only unevenness",
    "control: |A|": "the sign of A matters, not only its size",
    "control: sign flipped": "the direction of the adaptation matters",
    "control: positive only": "bidirectional signals matter",
    [`${ours}, clipped at ±beta0`]: "clipping at ±beta0 costs diversity",
    [`${ours}, beta_eff ≥ 0`]: "keeping beta_eff ≥ 0 costs diversity",
  };
  return tasks.flatMap((task) =>
    Object.entries(claims).map(([control, meaning]) => {
      const base = where(rows, { task, method: ours });
      const other = where(rows, { task, method: control });
      const rule = above(0);
      const claim = `${meaning} (${taskTitles[task]})`;
      const statistic =
        `mode entropy at equal reward, ${ours} minus ${control}`;
      const alive = other.filter((row) => !blewUp(row));
      if (alive.length < other.length) {
        return judge({
          claim: `${meaning}: without it training diverges (${
            taskTitles[task]
          })`,
          source: "controls",
          statistic: `share of the sweep that diverged, ${control}`,
          ...successInterval(other.length - alive.length, other.length),
          rule: above(0.1),
        });
      }
      const gain = diversityGain(
        curveOf(base, "modeEntropy"),
        curveOf(other, "modeEntropy"),
      );
      return judge({ claim, source: "controls", statistic, ...gain, rule });
    })
  );
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

function betaFigure(rows: readonly Row[]): Figure {
  const arm = where(rows, { task: "graded", method: ours });
  const beta = distinct<number>(arm, "beta")[1];
  const iterations = distinct<number>(arm, "iteration");
  const picked = [iterations[0], iterations[1], iterations.at(-1)!];
  const list = picked.map((iteration) => {
    const runs = where(arm, { beta, iteration });
    const shares = bins.map((column, bin) => {
      const { value, low, high } = meanFinite(
        runs.map((row) => row[column] as number),
      );
      const centre = beta - 1 + (bin + 0.5) * 2 / adaptationBins;
      return { betaEff: centre, share: value, shareLow: low, shareHigh: high };
    });
    return {
      title: `iteration ${iteration}`,
      xTitle: "beta_eff = beta0 - A",
      yTitle: "share of samples",
      data: barsWithIntervals(shares, {
        x: "betaEff",
        y: "share",
        name: `beta0 = ${beta}`,
        style: 0,
      }),
    };
  });
  return panels(list, {
    title: `beta_eff over training, ${ours} on graded modes, beta0 = ${beta}`,
    columns: list.length,
    width: 1040,
    rowHeight: 320,
  });
}

function covarianceFigure(rows: readonly Row[]): Figure {
  const arm = where(rows, { task: "graded", method: ours });
  const columns = {
    betaMean: "mean beta_eff",
    covariance: "Cov(A, D)",
    penalty: "mean D = |v - vRef|²",
  };
  const alive = arm.filter(({ alive }) => alive);
  const summary = summariseAlive(alive, {
    by: ["beta", "iteration"],
    metrics: Object.keys(columns),
  });
  const list = Object.entries(columns).map(([y, yTitle]) => ({
    title: yTitle,
    xTitle: "online iteration",
    yTitle,
    data: distinct<number>(arm, "beta").flatMap((beta, style) =>
      lineWithBand(where(summary, { beta }), {
        x: "iteration",
        y,
        name: `beta0 = ${beta}`,
        style,
      })
    ),
  }));
  return panels(list, {
    title:
      `What acts: E[(beta0 - A) D] = beta0 E[D] - Cov(A, D), ${ours} on graded modes`,
    columns: list.length,
    width: 1100,
    rowHeight: 330,
  });
}

function stabilityFigure(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): Figure {
  const list = tasks.map((task) => {
    const methods = distinct<string>(where(rows, { task }), "method");
    const shares = methods.map((method) => {
      const runs = where(rows, { task, method });
      const { value, low, high } = successInterval(
        runs.filter(blewUp).length,
        runs.length,
      );
      return { method, share: value, shareLow: low, shareHigh: high };
    });
    return {
      title: taskTitles[task],
      yTitle: "share of runs that blew up",
      yaxis: { range: [0, 1] },
      xaxis: { tickangle: -40 },
      data: barsWithIntervals(shares, {
        x: "method",
        y: "share",
        name: "diverged, or left the plane of the data",
        style: 1,
      }),
    };
  });
  return panels(list, {
    title: "Stability over each sweep (Wilson 95% interval)",
    columns: tasks.length,
    width: 1180,
    rowHeight: 460,
  });
}
