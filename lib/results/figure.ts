import type { Data, Layout, LayoutAxis } from "plotly.js";
import { displayFigure } from "./display.ts";
import { legendNames, legendSpace } from "./legend.ts";
import { axisTheme, colorway, fontFamily, ink } from "./theme.ts";

/** A trace as plotly draws it. */
export type Trace = Data;

/** A figure as a plain value; in a notebook it is shown live. */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Partial<Layout>;
}

/** The words and the size of a figure. */
export interface FigureOptions {
  /** What the figure shows, in a line. */
  title: string;
  /** The x axis' title, with its unit. */
  xTitle?: string;
  /** The y axis' title, with its unit. */
  yTitle?: string;
  /** The width in pixels. */
  width?: number;
  /** The height in pixels. */
  height?: number;
  /** More of plotly's layout, which goes before the theme's. */
  layout?: Partial<Layout>;
}

const titleSpace = 44;

/**
 * Makes a figure in the kit's theme: white, a light grid, the legend in a row of
 * its own between title and plot, where it never covers data. One value for
 * three faces: live in JupyterLab (and a picture where scripts do not run), kept
 * as SVG and PNG by {@linkcode saveFigure}, in a window by `deno task show`.
 *
 * @param data The traces.
 * @param options The titles, the size, and layout that goes before the theme's.
 * @returns The figure, `{ data, layout }`.
 *
 * @example
 * ```ts
 * import { figure, lineWithBand } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [
 *   { iteration: 0, reward: 0.2, rewardLow: 0.1, rewardHigh: 0.3 },
 *   { iteration: 9, reward: 0.8, rewardLow: 0.7, rewardHigh: 0.9 },
 * ];
 * const learning = figure(
 *   lineWithBand(rows, { x: "iteration", y: "reward", name: "ADRPO", style: 0 }),
 *   { title: "Reward over training", xTitle: "iteration", yTitle: "mean reward" },
 * );
 * assertEquals(learning.layout.xaxis?.title?.text, "iteration");
 * ```
 */
export function figure(
  data: readonly Trace[],
  { title, xTitle, yTitle, width = 720, height = 460, layout = {} }:
    FigureOptions,
): Figure {
  const names = legendNames(data);
  const themed: Partial<Layout> = {
    width,
    height,
    title: {
      text: title,
      font: { size: 15, color: ink },
      x: 0,
      xref: "paper",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { t: 14 },
    },
    font: { family: fontFamily, size: 12, color: ink },
    colorway: [...colorway],
    paper_bgcolor: "white",
    plot_bgcolor: "white",
    margin: { l: 64, r: 24, t: titleSpace + legendSpace(names, width), b: 56 },
    showlegend: names.length > 1,
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: 1,
      yanchor: "bottom",
      traceorder: "normal",
    },
    hovermode: "closest",
    ...layout,
    ...themedAxes(layout, { xTitle, yTitle }),
  };
  return displayFigure({ data, layout: themed });
}

/** Lays the theme under every axis of the layout. */
function themedAxes(
  layout: Partial<Layout>,
  titles: Pick<FigureOptions, "xTitle" | "yTitle">,
): Record<string, Partial<LayoutAxis>> {
  const axes: Record<string, Partial<LayoutAxis>> = {
    xaxis: titled(titles.xTitle),
    yaxis: titled(titles.yTitle),
  };
  for (const [key, axis] of Object.entries(layout)) {
    if (!/^[xy]axis\d*$/.test(key)) continue;
    axes[key] = { ...axes[key], ...axis as Partial<LayoutAxis> };
  }
  return Object.fromEntries(
    Object.entries(axes).map(([key, axis]) => [key, { ...axisTheme, ...axis }]),
  );
}

/** The title of an axis, close to its numbers. */
export function titled(text: string | undefined): Partial<LayoutAxis> {
  return text === undefined ? {} : { title: { text, standoff: 8 } };
}
