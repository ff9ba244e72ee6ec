import type { Run } from "../experiments/experiment.ts";
import { frontsChart } from "../results/fronts_chart.ts";
import { trainingChart } from "../results/lines_charts.ts";
import type { ReportOptions } from "../results/report.ts";
import { where } from "../results/rows.ts";
import { overTraining } from "../results/sweeps.ts";
import { chartPrefix } from "./tables.ts";
import {
  type ClaimFamily,
  type Protocol,
  type StudyTrack,
  trackOf,
} from "./protocol.ts";

/**
 * The charts of a track's study, for {@linkcode report}: of each family the fronts that
 * it compares, and the reward over training beside them.
 *
 * @param protocol The protocol.
 * @param track The name of the track.
 * @returns Charts by name, such as `rivals_fronts` and `rivals_training`.
 *
 * @example
 * ```ts
 * import { readProtocol, studyCharts } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert("rivals_fronts" in studyCharts(await readProtocol(), "flow"));
 * ```
 */
export function studyCharts(
  protocol: Protocol,
  track: string,
): ReportOptions["charts"] {
  const own = protocol.tracks[track];
  return Object.fromEntries(
    protocol.families
      .filter(({ task }) => trackOf(protocol, task)?.[0] === track)
      .flatMap((family) => chartsOf(family, own)),
  );
}

function chartsOf(
  { name, task, question, claims }: ClaimFamily,
  track: StudyTrack,
): [string, ReportOptions["charts"][string]][] {
  const short = chartPrefix(name.replace(/^.*: /, ""));
  const compares = claims.some(({ rivals }) => rivals);
  const tasks = [
    ...new Set([task, ...claims.map(({ rivalTask = task }) => rivalTask)]),
  ];
  const methods = [
    ...new Set(
      claims.flatMap(({ method, rivals = [] }) => [method, ...rivals]),
    ),
  ];
  const measured = claims.map(({ metric }) => metric)
    .filter((metric) => metric !== "alive");
  const trained = methods.filter((method) => !track.methods[method].stops);
  const fronts = (run: Run) =>
    frontsChart(withStopped(run, track), {
      ...{ tasks, methods, title: question },
      y: [...new Set(measured.filter((metric) => metric !== "reward"))],
    });
  const training = (run: Run) =>
    trainingChart(run, {
      ...{ tasks, methods: trained, y: [...new Set(["reward", ...measured])] },
      coefficient: compares ? "middle" : claims[0].coefficient,
    });
  const over: [string, typeof training] = [`${short}_training`, training];
  return compares ? [[`${short}_fronts`, fronts], over] : [over];
}

/** A run with rows of early stopping, whose settings are the evaluations of another. */
function withStopped(run: Run, { methods }: StudyTrack): Run {
  const stopped = Object.entries(methods).flatMap(([method, { stops }]) => {
    if (!stops) return [];
    const own = overTraining(where(run.rows, { ...stops }));
    const last = Math.max(...own.map(({ coefficient }) => coefficient));
    // Each is an end of its own.
    return own.map((row) => ({ ...row, method, iteration: last }));
  });
  return { ...run, rows: [...run.rows, ...stopped] };
}
