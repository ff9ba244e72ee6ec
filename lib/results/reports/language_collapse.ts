import {
  divergences,
  unregularised,
} from "../../experiments/language_collapse.ts";
import type { Run } from "../../experiments/run.ts";
import type { SequenceFrontierPoint } from "../../metrics/sequence_frontier.ts";
import type { Row } from "../../train/row.ts";
import type { Estimate } from "../bootstrap.ts";
import type { ExperimentRecord } from "../experiment_record.ts";
import { type Figure, figure } from "../figure.ts";
import { meanInterval } from "../intervals.ts";
import { panels } from "../panels.ts";
import { summarise } from "../summarise.ts";
import type { TableRow } from "../table_row.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import { seriesStyle } from "../theme.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import {
  digitSumFrontier,
  languageAxes,
  languageFronts,
  languageMetrics,
  meanHeadline,
  trainingPanel,
} from "./language_panels.ts";
import {
  columnDifference,
  distinct,
  lastRows,
  summariseAlive,
  where,
} from "./sweeps.ts";

const names = Object.keys(divergences);
const unbiased = "k2 of completions";
const collapse = "seed post, The Diversity Collapse Problem";
const estimators = "Schulman, Approximating KL divergence; GRPO, eq. 4";

/**
 * Reports the collapse of a language policy and what each estimator of the
 * divergence trains.
 *
 * @param run What {@linkcode languageCollapse} returned.
 * @returns The record to show and to keep.
 */
export async function reportLanguageCollapse(
  run: Run,
): Promise<ExperimentRecord> {
  const end = lastRows(run.rows);
  const regularised = end.filter(({ method }) => method !== unregularised);
  const fronts = summariseAlive(regularised, {
    by: ["method", "beta"],
    metrics: [...languageMetrics, "distance"],
  });
  const training = summarise(where(run.rows, { method: unregularised }), {
    by: ["method", "beta", "iteration"],
    metrics: languageMetrics,
  });
  const frontier = await digitSumFrontier();
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: run.rows,
    summary: fronts,
    verdicts: [...collapseVerdicts(run), ...estimatorVerdicts(end)],
    headlines: ["reward", "entropy", "answers"].map((column) =>
      meanHeadline(where(end, { method: unregularised }), {
        name: `${languageAxes[column]} at the end, beta = 0`,
        column,
        unit: column === "entropy" ? "nats" : "",
      })
    ),
    figures: {
      language_collapse_training: trainingFigure(training),
      language_collapse_answers: answersFigure(run),
      language_collapse_fronts: frontsFigure(fronts, frontier),
      language_collapse_distance: distanceFigure(fronts),
    },
  };
}

function collapseVerdicts(run: Run): VerdictRow[] {
  const rows = where(run.rows, { method: unregularised });
  const [start, end] = [where(rows, { iteration: 0 }), lastRows(rows)];
  const kept = (column: string): Estimate =>
    meanInterval(
      end.map((row, i) =>
        (row[column] as number) / (start[i][column] as number)
      ),
    );
  const sweep = where(lastRows(run.rows), { method: unbiased });
  const betas = distinct<number>(sweep, "beta");
  const [least, most] = [betas[0], betas.at(-1)!]
    .map((beta) => where(sweep, { beta }));
  return [
    judge({
      claim: "Without regularisation the reward rises",
      source: collapse,
      statistic: "expected reward, end minus start",
      ...columnDifference(end, start, "reward"),
      rule: above(0),
    }),
    judge({
      claim: "At least nine tenths of the different right answers are lost",
      source: collapse,
      statistic: "effective right answers at the end over those at the start",
      ...kept("answers"),
      rule: below(0.1),
    }),
    judge({
      claim: "The policy ends at a single answer",
      source: `${collapse}: delta at argmax R`,
      statistic: "effective right answers at the end",
      ...meanInterval(end.map(({ answers }) => answers as number)),
      rule: below(1.5),
    }),
    judge({
      claim: "A beta that keeps diversity gives up reward",
      source: "seed post, The Fixed-β Dilemma",
      statistic: `expected reward at beta ${betas.at(-1)} minus ${betas[0]}`,
      ...columnDifference(most, least, "reward"),
      rule: below(0),
    }),
    judge({
      claim: "A beta that earns reward gives up diversity",
      source: "seed post, The Fixed-β Dilemma",
      statistic: `entropy at beta ${betas.at(-1)} minus ${betas[0]} (nats)`,
      ...columnDifference(most, least, "entropy"),
      rule: above(0),
    }),
  ];
}

function estimatorVerdicts(end: readonly Row[]): VerdictRow[] {
  const reference = distances(end, unbiased);
  const others = names.filter((name) => name !== unbiased).map((name) => {
    const own = distances(end, name);
    return judge({
      claim: `${name} as a loss trains p* as well as the unbiased gradient`,
      source: estimators,
      statistic: `KL(p | p*), less that with ${unbiased} (nats)`,
      ...meanInterval(own.map((distance, i) => distance - reference[i])),
      rule: below(0.05),
    });
  });
  const strongest = where(end, { beta: largest(end) });
  return [
    ...others,
    judge({
      claim: "k1 as a loss does not hold the policy back",
      source: `${estimators}: E[grad k1] = 0`,
      statistic: `KL from the reference at beta ${
        largest(end)
      }, k1 less ${unregularised} (nats)`,
      ...columnDifference(
        where(strongest, { method: "k1" }),
        where(end, { method: unregularised }),
        "klExact",
      ),
      rule: above(-0.5),
    }),
  ];
}

const largest = (rows: readonly Row[]) =>
  Math.max(...rows.map(({ beta }) => beta as number));

/** KL(p | p*) of each seed, mean over the three largest betas, where p* is in reach. */
function distances(end: readonly Row[], method: string): number[] {
  const rows = where(end, { method });
  const betas = distinct<number>(rows, "beta").slice(-3);
  return distinct<number>(rows, "seed").map((seed) =>
    betas.reduce((sum, beta) => {
      const [row] = where(rows, { seed, beta });
      return sum + (row.distance as number) / betas.length;
    }, 0)
  );
}

function trainingFigure(training: readonly TableRow[]): Figure {
  const list = ["reward", "entropy", "answers"].map((metric) => ({
    ...trainingPanel([{ rows: training, name: "beta = 0", style: 0 }], {
      title: languageAxes[metric],
      metric,
      yTitle: languageAxes[metric],
    }),
    yaxis: { rangemode: "tozero" as const },
  }));
  return panels(list, {
    title:
      "A language policy without regularisation: mean and 95% interval over seeds",
    columns: 3,
    width: 1040,
    rowHeight: 280,
  });
}

/** The likeliest answers of the first context at the end, first seed. */
function answersFigure(run: Run): Figure {
  const swept = distinct<number>(
    where(run.shown, { method: unbiased }),
    "beta",
  );
  const beta = swept[Math.floor(swept.length / 2)];
  const picked = [
    { title: "beta = 0", rows: where(run.shown, { method: unregularised }) },
    {
      title: `beta = ${beta}, ${unbiased}`,
      rows: where(run.shown, { method: unbiased, beta }),
    },
  ];
  const list = picked.map(({ title, rows }, style) => ({
    title,
    xTitle: "answer (digits)",
    yTitle: "probability",
    yaxis: { range: [0, 1] },
    xaxis: { type: "category" as const },
    data: [{
      type: "bar" as const,
      x: rows.map(({ answer }) => answer as string),
      y: rows.map(({ probability }) => probability as number),
      name: title,
      showlegend: false,
      marker: { color: seriesStyle(style).color },
    }],
  }));
  return panels(list, {
    title: "The ten likeliest answers to the first prompt at the end, one seed",
    columns: 2,
    width: 960,
    rowHeight: 300,
  });
}

function frontsFigure(
  fronts: readonly TableRow[],
  frontier: readonly SequenceFrontierPoint[],
): Figure {
  const series = names.map((name, style) => ({
    name,
    style,
    rows: fronts.filter(({ method }) => method === name),
  }));
  const title =
    "A fixed beta, by the estimator of the divergence (labels: beta)";
  return languageFronts(series, {
    metrics: ["entropy", "klExact"],
    frontier,
    title,
  });
}

function distanceFigure(fronts: readonly TableRow[]): Figure {
  return figure(
    names.flatMap((name, style) =>
      lineWithBand(fronts.filter(({ method }) => method === name), {
        x: "beta",
        y: "distance",
        name,
        style,
      })
    ),
    {
      title: "How far each divergence ends from the optimum it claims to train",
      xTitle: "beta (reward per nat)",
      yTitle: "KL(p | p*) (nats)",
      width: 820,
      layout: {
        xaxis: { type: "log", tickvals: distinct(fronts as Row[], "beta") },
        yaxis: { type: "log", tickvals: [0.03, 0.1, 0.3, 1, 3, 10] },
      },
    },
  );
}
