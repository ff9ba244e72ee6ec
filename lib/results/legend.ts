import type { Data, PlotData } from "plotly.js";

const rowHeight = 21;
const symbolWidth = 48;
const letterWidth = 7.5;
const sideMargins = 88;

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
  const widths = names.map((name) =>
    symbolWidth + name.replace(/<[^>]*>/g, "").length * letterWidth
  );
  const room = width - sideMargins;
  const columns = widths.reduce((sum, each) => sum + each, 0) <= room
    ? names.length
    : Math.max(1, Math.floor(room / Math.max(...widths)));
  return Math.ceil(names.length / columns) * rowHeight + 6;
}
