import type { Run } from "../../experiments/run.ts";
import type { Row } from "../../train/row.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import { summarise } from "../summarise.ts";
import {
  languageAxes,
  languageStyle,
  trainingPanel,
  type TrainingSeries,
} from "./language_panels.ts";
import { where } from "./sweeps.ts";

/** ADRPO-GRPO as published. */
export const adrpo = "ADRPO-GRPO, unclipped";

/** ADRPO-GRPO whose weight is never negative. */
export const repaired = "ADRPO-GRPO, beta_eff ≥ 0";

/** What the signals figure follows over training. */
export const signals = ["betaMean", "betaNegative", "covariance"];

/** Means over seeds by iteration of methods at one coefficient. */
function seriesAt(
  rows: readonly Row[],
  { methods, beta, metrics }: {
    methods: readonly string[];
    beta: number;
    metrics: readonly string[];
  },
): TrainingSeries[] {
  return methods.map((method) => ({
    name: method,
    style: languageStyle(method),
    rows: summarise(where(rows, { method, beta }), {
      by: ["iteration"],
      metrics,
    }),
  }));
}

const followed = [
  "GRPO, k3",
  "GRPO, exact KL",
  adrpo,
  "ADRPO-GRPO, ±beta0",
  repaired,
];

export function trainingFigure(run: Run, beta: number): Figure {
  const metrics = ["reward", "entropy", "answers"];
  const series = seriesAt(run.rows, { methods: followed, beta, metrics });
  const list = metrics.map((metric) =>
    trainingPanel(series, {
      title: languageAxes[metric],
      metric,
      yTitle: languageAxes[metric],
    })
  );
  return panels(list, {
    title: `Over training, beta = beta0 = ${beta}`,
    columns: 3,
    width: 1040,
    rowHeight: 300,
  });
}

export function signalsFigure(run: Run, beta: number): Figure {
  const windows = run.rows.filter(({ iteration }) => iteration !== 0);
  const series = seriesAt(windows, {
    methods: followed.slice(2),
    beta,
    metrics: signals,
  });
  const titles = {
    betaMean: "mean beta_eff (reward per nat)",
    betaNegative: "share of samples with beta_eff < 0",
    covariance: "Cov(r, logp - logpRef) (nats)",
  };
  const list = Object.entries(titles).map(([metric, yTitle]) =>
    trainingPanel(series, { title: yTitle, metric, yTitle })
  );
  return panels(list, {
    title: `What the adaptation does, beta0 = ${beta}`,
    columns: 3,
    width: 1040,
    rowHeight: 300,
  });
}
