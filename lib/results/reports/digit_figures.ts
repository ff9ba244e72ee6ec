import { digitSide } from "../../data/digits.ts";
import type { Run } from "../../experiments/run.ts";
import type { Row } from "../../train/row.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { frontsWithLabels } from "../traces/fronts_with_labels.ts";
import { lineWithBand } from "../traces/line_with_band.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import { pictureGrid } from "../picture_grid.ts";
import type { TableRow } from "../table_row.ts";
import { distinct, lastRows, where } from "./sweeps.ts";

export const ours = "ADRPO-FM";

export const classColumns = Array.from(
  { length: 10 },
  (_, digit) => `class${digit}`,
);

export function trainingFigure(
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

export function collapsePictures(run: Run): Figure {
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

export function sweepPictures(run: Run): Figure {
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

export function frontsFigure(
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

export function classesFigure(
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
