import type { Run } from "../../experiments/run.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import { above, below, judge } from "../verdict.ts";
import {
  columnDifference,
  distinct,
  lastRows,
  meanFinite,
  summariseAlive,
  where,
} from "./sweeps.ts";
import {
  classColumns,
  classesFigure,
  collapsePictures,
  frontsFigure,
  sweepPictures,
  trainingFigure,
} from "./digit_figures.ts";
import { evenVerdicts, orw } from "./digit_verdicts.ts";

const metrics = [
  "reward",
  "evenShare",
  "effectiveClasses",
  "confidence",
  "pairwiseDistance",
  "nearestDistance",
  "slicedW2",
];

/**
 * Reports mode collapse on digits.
 *
 * @param run What {@linkcode digitCollapse} returned.
 * @returns The record to show and to keep.
 */
export function reportDigitCollapse(run: Run): ExperimentRecord {
  const methods = distinct<string>(run.rows, "method");
  const summary = summariseAlive(run.rows, {
    by: ["method", "iteration"],
    metrics: [...metrics, ...classColumns],
  });
  const end = lastRows(run.rows);
  const start = run.rows.filter(({ iteration }) => iteration === 0);
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: run.rows,
    summary,
    verdicts: methods.flatMap((method) => {
      const [last, first] = [end, start].map((rows) => where(rows, { method }));
      return [
        judge({
          claim: `At beta = 0 samples become even digits (${method})`,
          source: orw,
          statistic: "share that the judge calls even, end minus start",
          ...columnDifference(last, first, "evenShare"),
          rule: above(0),
        }),
        judge({
          claim:
            `At beta = 0 fewer than two of five even classes are left (${method})`,
          source: `${orw}: all sixes`,
          statistic: "effective classes at the end, by the judge",
          ...meanFinite(last.map((row) => row.effectiveClasses as number)),
          rule: below(2),
        }),
        judge({
          claim: `The collapsed samples are unlike real digits (${method})`,
          source: "seed post, Why diversity matters",
          statistic: "distance to the nearest real digit, end minus start",
          ...columnDifference(last, first, "nearestDistance"),
          rule: above(0),
        }),
      ];
    }),
    headlines: methods.map((method) => ({
      name: `effective classes at the end (beta 0, ${method})`,
      ...meanFinite(
        where(end, { method }).map((row) => row.effectiveClasses as number),
      ),
      unit: "classes",
    })),
    figures: {
      digit_collapse_training: trainingFigure(summary, methods),
      digit_collapse_pictures: collapsePictures(run),
    },
  };
}

/**
 * Reports the even-digits experiment: the ORW paper's figure with ADRPO beside it.
 *
 * @param run What {@linkcode evenDigits} returned.
 * @returns The record to show and to keep.
 */
export function reportEvenDigits(run: Run): ExperimentRecord {
  const end = lastRows(run.rows);
  const methods = distinct<string>(end, "method");
  const summary = summariseAlive(end, {
    by: ["method", "beta"],
    metrics: [...metrics, ...classColumns],
  });
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: end,
    summary,
    verdicts: evenVerdicts(end, methods),
    headlines: evenHeadlines(end),
    figures: {
      even_digits_pictures: sweepPictures(run),
      even_digits_fronts: frontsFigure(summary, methods),
      even_digits_classes: classesFigure(summary, methods),
    },
  };
}

function evenHeadlines(end: readonly Row[]): Headline[] {
  return distinct<string>(end, "method").flatMap((method) =>
    distinct<number>(where(end, { method }), "beta").map((beta) => ({
      name: `effective classes (${method}, coefficient ${beta})`,
      ...meanFinite(
        where(end, { method, beta }).map((row) =>
          row.effectiveClasses as number
        ),
      ),
      unit: "classes",
    }))
  );
}
