import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import { summarise } from "../summarise.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import { taskTitles } from "./mixture_panels.ts";
import {
  columnDifference,
  distinct,
  lastRows,
  meanFinite,
  where,
} from "./sweeps.ts";
import {
  fitTheory,
  middle,
  modeColumns,
  type Theory,
  theoryVerdicts,
} from "./mode_collapse_theory.ts";
import {
  hackingFigure,
  samplesFigure,
  theoryFigure,
  trainingFigure,
} from "./mode_collapse_figures.ts";

const metrics = [
  "reward",
  "trueReward",
  "modeEntropy",
  "bestShare",
  "offManifold",
  "pairwiseDistance",
];

const post = "seed post, The Diversity Collapse Problem";

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
