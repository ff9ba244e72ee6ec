import { adaptationBins, binColumn } from "../../experiments/signals.ts";
import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Row } from "../../train/row.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import type { Figure } from "../figure.ts";
import { successInterval } from "../intervals.ts";
import { panels } from "../panels.ts";
import { taskTitles } from "./mixture_panels.ts";
import { distinct, meanFinite, summariseAlive, where } from "./sweeps.ts";
import { blewUp, ours } from "./adrpo_verdicts.ts";

const bins = Array.from({ length: adaptationBins }, (_, bin) => binColumn(bin));

export function betaFigure(rows: readonly Row[]): Figure {
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

export function covarianceFigure(rows: readonly Row[]): Figure {
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

export function stabilityFigure(
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
