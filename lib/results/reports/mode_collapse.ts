import { mixture, mixtureRewards } from "../../experiments/mixture_task.ts";
import type { MixtureTask } from "../../experiments/mixture_task.ts";
import { relativeShares } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import { tiltedModeShares } from "../../metrics/tilted_mode_shares.ts";
import { tf } from "../../tf/backend.ts";
import type { Row } from "../../train/row.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import { samplePoints } from "../traces/sample_points.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import { summarise } from "../summarise.ts";
import type { TableRow } from "../table_row.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import { taskTitles } from "./mixture_panels.ts";
import {
  columnDifference,
  distinct,
  lastRows,
  meanFinite,
  where,
} from "./sweeps.ts";

const metrics = [
  "reward",
  "trueReward",
  "modeEntropy",
  "bestShare",
  "offManifold",
  "pairwiseDistance",
];
const modes = mixture.means.length;
const modeColumns = Array.from({ length: modes }, (_, k) => `mode${k}`);
const post = "seed post, The Diversity Collapse Problem";

/** Where the theory q_n ∝ exp(n tau r) q_0 stands at the reward that was measured. */
interface Theory {
  /** n tau. */
  nTau: number;
  /** The shares of the modes counted from the likeliest. */
  shares: number[];
}

/**
 * Reports mode collapse: over training, at its end, beside the theory.
 *
 * @param run What {@linkcode modeCollapse} returned.
 * @returns The record to show and to keep.
 */
export async function reportModeCollapse(run: Run): Promise<ExperimentRecord> {
  const tasks = distinct<MixtureTask>(run.rows, "task");
  const methods = distinct<string>(run.rows, "method");
  const summary = summarise(run.rows, {
    by: ["task", "method", "iteration"],
    metrics: [...metrics, ...modeColumns],
  });
  const steepest = methods.at(-1)!;
  const theories = new Map<MixtureTask, Theory>();
  for (const task of tasks) {
    const half = middle(where(summary, { task, method: steepest }));
    theories.set(task, await fitTheory(task, half));
  }
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: run.rows,
    summary,
    verdicts: [
      ...verdicts(run, tasks, methods),
      ...theoryVerdicts(run, summary, steepest, theories),
    ],
    headlines: headlines(run, tasks, methods),
    figures: {
      mode_collapse_training: trainingFigure(summary, tasks, methods),
      mode_collapse_samples: samplesFigure(run, steepest),
      mode_collapse_theory: theoryFigure(summary, steepest, theories),
      mode_collapse_hacking: hackingFigure(summary, methods),
    },
  };
}

/** The evaluation half-way up from the first reward to the largest. */
function middle(rows: readonly TableRow[]): TableRow {
  const rewards = rows.map(({ reward }) => reward as number);
  const target = (rewards[0] + Math.max(...rewards)) / 2;
  return rows.find(({ reward }) => reward as number >= target) ?? rows.at(-1)!;
}

/** Finds the n tau whose exact mode shares are closest to those measured. */
async function fitTheory(task: MixtureTask, row: TableRow): Promise<Theory> {
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

function verdicts(
  run: Run,
  tasks: readonly MixtureTask[],
  methods: readonly string[],
): VerdictRow[] {
  const end = lastRows(run.rows);
  const start = run.rows.filter(({ iteration }) => iteration === 0);
  return tasks.flatMap((task) =>
    methods.flatMap((method) => {
      const of = (rows: readonly Row[]) => where(rows, { task, method });
      const arm = `${taskTitles[task]}, ${method}`;
      const gain = columnDifference(of(end), of(start), "reward");
      const kept = meanFinite(
        of(end).map(({ modeEntropy }, i) =>
          (modeEntropy as number) / (of(start)[i].modeEntropy as number)
        ),
      );
      const best = meanFinite(of(end).map((row) => bestMode(task, row)));
      const rows = [
        judge({
          claim: `Without regularisation the reward rises (${arm})`,
          source: post,
          statistic: "mean reward, end minus start",
          ...gain,
          rule: above(0),
        }),
        judge({
          claim: `At least nine tenths of the mode entropy are lost (${arm})`,
          source: post,
          statistic: "mode entropy at the end over that at the start",
          ...kept,
          rule: below(0.1),
        }),
        judge({
          claim: `The policy ends at the best mode (${arm})`,
          source: `${post}: delta at argmax R`,
          statistic: "share of the samples at a mode of the highest reward",
          ...best,
          rule: above(0.9),
        }),
      ];
      if (task !== "hack") return rows;
      return [
        ...rows,
        judge({
          claim:
            `The proxy is hacked: it rises while what it stands for falls (${method})`,
          source: "seed post, Why diversity matters",
          statistic: "true reward, end minus its largest over training",
          ...meanFinite(
            of(end).map((row) =>
              (row.trueReward as number) -
              Math.max(
                ...where(run.rows, { task, method, seed: row.seed })
                  .map(({ trueReward }) => trueReward as number),
              )
            ),
          ),
          rule: below(0),
        }),
      ];
    })
  );
}

/** Whether the modes, half-way up, are those of the theory at its best fit. */
function theoryVerdicts(
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

/** The modes of the highest reward, counted from the likeliest of a context. */
const bestModes: Record<MixtureTask, number[]> = {
  graded: [2],
  plateau: [1, 4, 6],
  hack: [2],
};

const bestMode = (task: MixtureTask, row: Row) =>
  Math.max(...bestModes[task].map((k) => row[`mode${k}`] as number));

function headlines(
  run: Run,
  tasks: readonly MixtureTask[],
  methods: readonly string[],
): Headline[] {
  const end = lastRows(run.rows);
  return tasks.flatMap((task) =>
    methods.flatMap((method) => {
      const rows = where(end, { task, method });
      const of = (column: string) =>
        meanFinite(rows.map((row) => row[column] as number));
      const arm = `${taskTitles[task]}, ${method}`;
      return [
        { name: `reward at the end (${arm})`, ...of("reward"), unit: "" },
        {
          name: `mode entropy at the end (${arm})`,
          ...of("modeEntropy"),
          unit: "nats",
        },
      ];
    })
  );
}

function trainingFigure(
  summary: readonly TableRow[],
  tasks: readonly MixtureTask[],
  methods: readonly string[],
): Figure {
  const shown = {
    reward: "mean reward",
    modeEntropy: "mode entropy (nats)",
    offManifold: "share off the data",
  };
  const list = Object.entries(shown).flatMap(([metric, yTitle]) =>
    tasks.map((task) => ({
      title: taskTitles[task],
      xTitle: "online iteration",
      yTitle,
      yaxis: { rangemode: "tozero" as const },
      data: methods.flatMap((method, style) =>
        lineWithBand(
          summary.filter((row) => row.task === task && row.method === method),
          { x: "iteration", y: metric, name: `${method}, beta = 0`, style },
        )
      ),
    }))
  );
  return panels(list, {
    title: "Mode collapse at beta = 0: mean and 95% interval over seeds",
    columns: tasks.length,
    width: 1040,
    rowHeight: 270,
  });
}

function samplesFigure(run: Run, method: string): Figure {
  const iterations = distinct<number>(run.shown, "iteration");
  const last = iterations.length - 1;
  const picked = [0, 1, 2, 3].map((i) =>
    iterations[Math.round(last * (i / 3) ** 2)]
  );
  const tasks = distinct<MixtureTask>(run.shown, "task");
  const list = tasks.flatMap((task) =>
    [...new Set(picked)].map((iteration) => ({
      title: `${task}, iteration ${iteration}`,
      xTitle: "x",
      yTitle: "y",
      xaxis: { range: [-4, 4] },
      yaxis: { range: [-4, 4] },
      data: [
        ...samplePoints(mixture.means, { name: "modes of the data", style: 7 }),
        ...samplePoints(
          where(run.shown, { task, method, iteration })
            .map(({ x, y }) => [x as number, y as number]),
          { name: "samples of one context", style: 0 },
        ),
      ],
    }))
  );
  return panels(list, {
    title: `Samples over training at beta = 0 (${method}, first seed)`,
    columns: new Set(picked).size,
    width: 1100,
    rowHeight: 300,
  });
}

function theoryFigure(
  summary: readonly TableRow[],
  method: string,
  theories: ReadonlyMap<MixtureTask, Theory>,
): Figure {
  const list = [...theories].map(([task, { nTau, shares }]) => {
    const half = middle(where(summary, { task, method }));
    const measured = modeColumns.map((column, mode) => ({
      mode,
      share: half[column],
      shareLow: half[`${column}Low`],
      shareHigh: half[`${column}High`],
    }));
    return {
      title: `${taskTitles[task]}, iteration ${half.iteration}`,
      xTitle: "mode, counted from the likeliest",
      yTitle: "share of samples",
      data: [
        ...barsWithIntervals(measured, {
          x: "mode",
          y: "share",
          name: "measured, half-way up",
          style: 0,
        }),
        {
          type: "scatter" as const,
          mode: "markers" as const,
          x: shares.map((_, mode) => mode),
          y: shares,
          name: "exact q_n at the n tau that fits best",
          legendgroup: "theory",
          marker: { color: "black", symbol: "line-ew-open" as const, size: 18 },
          hovertext: `n tau = ${nTau}`,
        },
      ],
    };
  });
  return panels(list, {
    title:
      `Measured modes beside the theory q_n ∝ exp(n tau r) q_0 (${method})`,
    columns: theories.size,
    width: 1040,
    rowHeight: 320,
  });
}

function hackingFigure(
  summary: readonly TableRow[],
  methods: readonly string[],
): Figure {
  const list = methods.map((method) => {
    const rows = summary.filter((row) =>
      row.task === "hack" && row.method === method
    );
    const line = (y: string, name: string, style: number) =>
      lineWithBand(rows, { x: "iteration", y, name, style });
    return {
      title: `${method}, beta = 0`,
      xTitle: "online iteration",
      yTitle: "mean per sample",
      yaxis: { rangemode: "tozero" as const },
      data: [
        ...line("reward", "proxy reward", 0),
        ...line("trueReward", "true reward", 1),
        ...line("offManifold", "share off the data", 2),
      ],
    };
  });
  return panels(list, {
    title: "Reward hacking under the imperfect proxy",
    columns: methods.length,
    width: 960,
    rowHeight: 340,
  });
}
