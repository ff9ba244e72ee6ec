import { mixture } from "../../experiments/mixture_task.ts";
import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Run } from "../../experiments/run.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import { samplePoints } from "../traces/sample_points.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import type { TableRow } from "../table_row.ts";
import { taskTitles } from "./mixture_panels.ts";
import { distinct, where } from "./sweeps.ts";
import { middle, modeColumns, type Theory } from "./mode_collapse_theory.ts";

export function trainingFigure(
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

export function samplesFigure(run: Run, method: string): Figure {
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

export function theoryFigure(
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

export function hackingFigure(
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
