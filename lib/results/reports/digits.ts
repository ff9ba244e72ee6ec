import { digitSide } from "../../data/digits.ts";
import type { Run } from "../../experiments/run.ts";
import type { Row } from "../../train/row.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { frontsWithLabels } from "../traces/fronts_with_labels.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import { pictureGrid } from "../picture_grid.ts";
import type { TableRow } from "../table_row.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import {
  columnDifference,
  curveOf,
  distinct,
  diversityGain,
  lastRows,
  meanFinite,
  summariseAlive,
  where,
} from "./sweeps.ts";

const ours = "ADRPO-FM";
const classColumns = Array.from({ length: 10 }, (_, digit) => `class${digit}`);
const metrics = [
  "reward",
  "evenShare",
  "effectiveClasses",
  "confidence",
  "pairwiseDistance",
  "nearestDistance",
  "slicedW2",
];
const orw = "Fan et al. 2025 (ORW-CFM-W2), even digits";

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

function evenVerdicts(
  end: readonly Row[],
  methods: readonly string[],
): VerdictRow[] {
  const rivals = methods.filter((method) => method !== ours);
  const measures = {
    effectiveClasses: "effective classes",
    pairwiseDistance: "mean pairwise pixel distance",
  };
  const fixed = methods.filter((method) => method.startsWith("ORW"))
    .map((method) => {
      const rows = where(end, { method });
      const betas = distinct<number>(rows, "beta");
      return judge({
        claim: `A larger beta keeps more kinds of digits (${method})`,
        source: `${orw}: beta 0 ends at all sixes, 0.8 at mixed evens`,
        statistic: `effective classes, beta ${betas.at(-1)} minus beta ${
          betas[0]
        }`,
        ...columnDifference(
          where(rows, { beta: betas.at(-1)! }),
          where(rows, { beta: betas[0] }),
          "effectiveClasses",
        ),
        rule: above(0),
      });
    });
  return [
    ...fixed,
    ...rivals.flatMap((rival) => {
      const curves = (column: string, sign = 1) =>
        [ours, rival].map((method) =>
          curveOf(
            where(end, { method }).map((row) => ({
              ...row,
              [column]: sign * (row[column] as number),
            })),
            column,
          )
        );
      const [a, b] = curves("nearestDistance", -1);
      return [
        ...Object.entries(measures).map(([column, name]) => {
          const [a, b] = curves(column);
          return judge({
            claim: `${ours} keeps more ${name} at equal reward than ${rival}`,
            source: "Fan et al. 2025 (ADRPO), Table 1 in shape",
            statistic: `mean difference in ${name} over the common rewards`,
            ...diversityGain(a, b),
            rule: above(0),
          });
        }),
        judge({
          claim:
            `${ours}'s digits are closer to real ones at equal reward than those of ${rival}`,
          source: "Fan et al. 2025 (ADRPO), Table 1 in shape",
          statistic:
            "mean difference in minus the distance to the nearest real digit",
          ...diversityGain(a, b),
          rule: above(0),
        }),
      ];
    }),
  ];
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

function trainingFigure(
  summary: readonly TableRow[],
  methods: readonly string[],
): Figure {
  const shown = {
    evenShare: "share of even digits (judge)",
    effectiveClasses: "effective classes (judge)",
    nearestDistance: "pixel distance to real digits",
  };
  const list = Object.entries(shown).map(([y, yTitle]) => ({
    title: yTitle,
    xTitle: "online iteration",
    yTitle,
    data: methods.flatMap((method, style) =>
      lineWithBand(where(summary, { method }), {
        x: "iteration",
        y,
        name: `${method}, beta = 0`,
        style,
      })
    ),
  }));
  return panels(list, {
    title: "Mode collapse on digits at beta = 0 (mean, 95% interval)",
    columns: list.length,
    width: 1080,
    rowHeight: 330,
  });
}

function collapsePictures(run: Run): Figure {
  const rows = distinct<string>(run.shown, "method").flatMap((method) =>
    distinct<number>(run.shown, "iteration").filter((_, i) => i % 2 === 0).map(
      (iteration) => ({
        label: `${method}, iteration ${iteration}`,
        pictures: where(run.shown, { method, iteration }).map(pixels),
      }),
    )
  );
  return pictureGrid(rows, {
    title: "Samples over training at beta = 0 (first seed, the same noise)",
    side: digitSide,
  });
}

function sweepPictures(run: Run): Figure {
  const end = lastRows(run.shown);
  const rows = distinct<string>(end, "method").flatMap((method) =>
    distinct<number>(where(end, { method }), "beta").map((beta) => ({
      label: `${method}, ${method === ours ? "beta0" : "beta"} ${beta}`,
      pictures: where(end, { method, beta }).map(pixels),
    }))
  );
  return pictureGrid(rows, {
    title: "Even digits: samples of each setting (first seed, the same noise)",
    side: digitSide,
    scale: 34,
  });
}

/** The grey values in [-1, 1] of a picture shown as bytes in base 64. */
function pixels({ picture }: Row): Float32Array {
  const bytes = Uint8Array.fromBase64(picture as string);
  return Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
}

function frontsFigure(
  summary: readonly TableRow[],
  methods: readonly string[],
): Figure {
  const shown = {
    effectiveClasses: "effective classes (judge)",
    pairwiseDistance: "mean pairwise pixel distance",
    nearestDistance: "pixel distance to real digits",
    slicedW2: "sliced W2 to the reference (latent)",
  };
  const list = Object.entries(shown).map(([y, yTitle]) => ({
    title: yTitle,
    xTitle: "mean reward, P(even)",
    yTitle,
    data: frontsWithLabels(
      methods.map((name, style) => ({
        name,
        style,
        rows: where(summary, { method: name }),
      })),
      { x: "reward", y, label: "beta" },
    ),
  }));
  return panels(list, {
    title:
      "Even digits: diversity and quality against reward (mean, 95% interval)",
    columns: 2,
    width: 1080,
    rowHeight: 400,
  });
}

function classesFigure(
  summary: readonly TableRow[],
  methods: readonly string[],
): Figure {
  const list = methods.map((method) => {
    const rows = where(summary, { method });
    const picked = rows.reduce((best, row) =>
      Math.abs((row.reward as number) - 0.85) <
          Math.abs((best.reward as number) - 0.85)
        ? row
        : best
    );
    const shares = classColumns.map((column, digit) => ({
      digit,
      share: picked[column],
      shareLow: picked[`${column}Low`],
      shareHigh: picked[`${column}High`],
    }));
    return {
      title: `${method}, coefficient ${picked.beta}`,
      xTitle: "digit",
      yTitle: "share of samples (judge)",
      yaxis: { rangemode: "tozero" as const },
      data: barsWithIntervals(shares, {
        x: "digit",
        y: "share",
        name: "setting with the reward nearest to 0.85",
        style: 0,
      }),
    };
  });
  return panels(list, {
    title: "Which digits are left at a reward near 0.85",
    columns: 2,
    width: 1000,
    rowHeight: 320,
  });
}
