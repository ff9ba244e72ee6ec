import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { FrontierPoint } from "../../metrics/tilted_frontier.ts";
import { exactLine } from "../traces/exact_line.ts";
import { frontsWithLabels } from "../traces/fronts_with_labels.ts";
import type { Figure } from "../figure.ts";
import { panels } from "../panels.ts";
import type { TableRow } from "../table_row.ts";
import { taskTitles } from "./mixture_panels.ts";
import { where } from "./sweeps.ts";

const klShown = 6;

/** In the plot's range; an estimate far below 0 is none of a divergence. */
const isDivergence = (kl: number) => kl > -0.1 && kl < klShown;

/**
 * Draws the fronts of every task, diversity and divergence against reward, each with
 * the exact frontier of p ∝ pRef exp(r / lambda), which W2-anchored methods do not
 * target.
 *
 * @param summary Rows by task, method and beta.
 * @param frontiers The exact frontier of each task.
 * @param options The title.
 */
export function frontPanels(
  summary: readonly TableRow[],
  frontiers: ReadonlyMap<MixtureTask, readonly FrontierPoint[]>,
  { title }: { title: string },
): Figure {
  const methods = [...new Set(summary.map(({ method }) => method as string))];
  const axes = {
    modeEntropy: {
      yTitle: "mode entropy (nats)",
      yaxis: { range: [-0.1, 2.1] },
    },
    kl: { yTitle: "KL to the data (nats)", yaxis: { range: [-0.2, klShown] } },
  };
  const list = Object.entries(axes).flatMap(([y, axis]) =>
    [...frontiers].map(([task, points]) => {
      const line = exactLine(
        points.map(({ reward }) => reward),
        points.map((point) => point[y as keyof FrontierPoint]),
        { name: "exact frontier p ∝ pRef exp(r / λ)" },
      );
      const fronts = methods.map((name, style) => ({
        name,
        style,
        rows: where(summary, { task, method: name })
          // A flow that blew up has no density to speak of, and its interval leaves
          // the plot by far: too long a line to draw.
          .filter(({ kl }) => y !== "kl" || isDivergence(kl as number))
          .map((row) => ({
            ...row,
            klLow: Math.max(row.klLow as number, -klShown),
            klHigh: Math.min(row.klHigh as number, 2 * klShown),
          })),
      })).filter(({ rows }) => rows.length > 0);
      const options = { x: "reward", y, label: "beta", beside: line };
      return {
        title: taskTitles[task],
        xTitle: "mean reward",
        ...axis,
        data: [...line, ...frontsWithLabels(fronts, options)],
      };
    })
  );
  return panels(list, {
    title,
    columns: frontiers.size,
    width: 1180,
    rowHeight: 380,
  });
}
