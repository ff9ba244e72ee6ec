import type {
  Annotations,
  Data,
  Layout,
  LayoutAxis,
  PlotData,
} from "plotly.js";
import { type Figure, figure, titled, type Trace } from "./figure.ts";
import { legendNames, legendSpace } from "./figure.ts";
import { textWidth } from "./measure_text.ts";

/** One of several plots of a figure. */
export interface Panel {
  /** What this one shows. */
  title: string;
  /** Its traces. */
  data: readonly Trace[];
  /** The x axis' title, with its unit. */
  xTitle?: string;
  /** The y axis' title, with its unit. */
  yTitle?: string;
  /** More of the x axis, such as its `range`. */
  xaxis?: Partial<LayoutAxis>;
  /** More of the y axis, such as its `range`. */
  yaxis?: Partial<LayoutAxis>;
}

/** The words and the size of a figure of panels. */
export interface PanelsOptions {
  /** What the figure shows, in a line. */
  title: string;
  /** The number of panels side by side. */
  columns: number;
  /** The width of the whole in pixels. */
  width?: number;
  /** The height of one row of panels in pixels. */
  rowHeight?: number;
}

const headingSize = 13;
const headingLine = 17;
const sideMargins = 88;
const bottomMargin = 56;
const gapAcross = 68;

/**
 * Small multiples: panels in rows, left to right, with one legend for all, in
 * which a name stands once.
 *
 * @param panels The panels.
 * @param options The title, how many side by side, and the size.
 * @returns The figure.
 * @throws {RangeError} If there is no panel, or `columns` is not at least 1.
 *
 * @example
 * ```ts
 * import { panels } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const panel = { data: [{ x: [0, 1], y: [0, 1] }], xTitle: "t", yTitle: "x" };
 * const both = panels(
 *   [{ ...panel, title: "left" }, { ...panel, title: "right" }],
 *   { title: "Two of a kind", columns: 2 },
 * );
 * assertEquals(both.data.length, 2);
 * ```
 */
export function panels(
  list: readonly Panel[],
  { title, columns, width = 960, rowHeight = 300 }: PanelsOptions,
): Figure {
  if (list.length === 0 || !Number.isInteger(columns) || columns < 1) {
    throw new RangeError(
      `Cannot lay out panels: expected at least 1 panel and 1 column, got ${list.length} and ${columns}`,
    );
  }
  const rows = Math.ceil(list.length / columns);
  const room = (width - sideMargins - gapAcross * (columns - 1)) / columns;
  const headings = list.map((panel) => wrapped(panel.title, room));
  const more = headingLine *
    (Math.max(...headings.map((lines) => lines.length)) - 1);
  const [panelTitle, gapDown] = [24 + more, 84 + more];
  const data = list.flatMap((panel, i) =>
    panel.data.map((trace) => onAxes(trace, i))
  );
  const single = oncePerName(data);
  const inner = rows * (rowHeight + more) - gapDown + 24;
  const legend = legendSpace(legendNames(single), width);
  const height = inner + 44 + panelTitle + legend + bottomMargin;
  const across = cellsOf(columns, gapAcross / (width - sideMargins));
  const down = cellsOf(rows, gapDown / inner);
  const layout: Record<string, unknown> = {
    annotations: list.map((_, i) =>
      heading(
        headings[i].join("<br>"),
        across[i % columns],
        1 - down[Math.floor(i / columns)][0],
      )
    ),
    margin: { l: 64, r: 24, t: 44 + panelTitle + legend, b: bottomMargin },
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: 1 + panelTitle / inner,
      yanchor: "bottom",
      traceorder: "normal",
    },
  };
  list.forEach((panel, i) => {
    const [top, bottom] = down[Math.floor(i / columns)];
    const suffix = axisSuffix(i);
    layout[`xaxis${suffix}`] = {
      ...titled(panel.xTitle),
      ...panel.xaxis,
      domain: across[i % columns],
      anchor: `y${suffix}`,
    };
    layout[`yaxis${suffix}`] = {
      ...titled(panel.yTitle),
      ...panel.yaxis,
      domain: [1 - bottom, 1 - top],
      anchor: `x${suffix}`,
    };
  });
  return figure(single, {
    title,
    width,
    height,
    layout: layout as Partial<Layout>,
  });
}

function axisSuffix(index: number): string {
  return index === 0 ? "" : String(index + 1);
}

function onAxes(trace: Trace, index: number): Trace {
  const suffix = axisSuffix(index);
  return { ...trace, xaxis: `x${suffix}`, yaxis: `y${suffix}` } as Data;
}

/** Hides all but the first of the traces that share a name from the legend. */
function oncePerName(data: readonly Trace[]): Trace[] {
  const seen = new Set<string>();
  return (data as Partial<PlotData>[]).map((trace) => {
    if (trace.name === undefined || trace.showlegend === false) return trace;
    if (seen.has(trace.name)) return { ...trace, showlegend: false };
    seen.add(trace.name);
    return trace;
  }) as Trace[];
}

/** Cuts [0, 1] into cells with a gap between neighbours. */
function cellsOf(count: number, gap: number): [number, number][] {
  const size = (1 - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, i) => {
    const start = i * (size + gap);
    return [start, start + size];
  });
}

/** A heading in lines that are no wider than its panel, broken at a colon if it can be. */
function wrapped(text: string, width: number): string[] {
  const fits = (line: string) => textWidth(line, headingSize) <= width;
  if (fits(text)) return [text];
  const [first, ...rest] = text.split(/(?<=:) /);
  if (rest.length > 0) {
    return [first, rest.join(" ")].flatMap((part) => wrapped(part, width));
  }
  return text.split(" ").reduce<string[]>((lines, word) => {
    const longer = `${lines.at(-1)} ${word}`;
    return lines.length > 0 && fits(longer)
      ? [...lines.slice(0, -1), longer]
      : [...lines, word];
  }, []);
}

function heading(
  text: string,
  [left]: [number, number],
  top: number,
): Partial<Annotations> {
  return {
    text,
    showarrow: false,
    font: { size: headingSize },
    align: "left",
    xref: "paper",
    yref: "paper",
    x: left,
    xanchor: "left",
    y: top,
    yanchor: "bottom",
  };
}
