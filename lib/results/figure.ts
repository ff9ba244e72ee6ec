import type { Data, Layout, LayoutAxis, PlotData } from "plotly.js";
import { textWidth } from "./measure_text.ts";
import type { Figure, Trace } from "./render.ts";
import { axisTheme, colorway, fontFamily, ink } from "./theme.ts";

export type { Figure, Trace };

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
 * @param data The traces; a typed array in them becomes a list.
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
  return displayFigure(plain({ data, layout: themed }));
}

/** The same value with lists in place of typed arrays, which JSON cannot hold. */
function plain<T>(value: T): T {
  if (ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as Iterable<number>) as T;
  }
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, plain(field)]),
  ) as T;
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

const legendRow = 21;
/** Of an entry without its name, and its gap. */
const symbolWidth = 45;
const legendMargins = 88;

/**
 * The names in a figure's legend, each once. A figure with fewer than two needs
 * no legend.
 */
export function legendNames(data: readonly Data[]): string[] {
  const named = (data as Partial<PlotData>[])
    .filter(({ name, showlegend }) =>
      name !== undefined && showlegend !== false
    )
    .map(({ name }) => name!);
  return [...new Set(named)];
}

/**
 * The height that a legend of these names takes above a plot: one row if they
 * fit side by side, else rows of columns that are as wide as the widest.
 */
export function legendSpace(names: readonly string[], width: number): number {
  if (names.length < 2) return 0;
  const widths = names.map((name) => symbolWidth + textWidth(name, 12));
  const room = width - legendMargins;
  const columns = widths.reduce((sum, each) => sum + each, 0) <= room
    ? names.length
    : Math.max(1, Math.floor(room / Math.max(...widths)));
  return Math.ceil(names.length / columns) * legendRow + 6;
}

/**
 * Gives a figure its face in a notebook: plotly's own type, which JupyterLab draws
 * live, and beside it a picture for every place that runs no scripts. The face
 * is not enumerable: the figure stays a plain `{ data, layout }`.
 *
 * @param figure The plain figure.
 * @returns The same object.
 */
export function displayFigure(figure: Figure): Figure {
  return Object.defineProperty(figure, Symbol.for("Jupyter.display"), {
    value: async () => {
      const { renderSvg } = await import("./render.ts");
      return {
        "application/vnd.plotly.v1+json": figure,
        "image/svg+xml": await renderSvg(figure),
        "text/plain": `Figure: ${titleOf(figure)}`,
      };
    },
  });
}

function titleOf({ layout: { title } }: Figure): string {
  return (typeof title === "string" ? title : title?.text) ?? "untitled";
}
