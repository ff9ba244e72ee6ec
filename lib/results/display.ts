import type { Figure } from "./figure.ts";

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
