import { assertKnown } from "../tf/check.ts";
import type { Observer, RunProgress, Work } from "../experiments/observe.ts";
import type { Columns } from "./chart_parts.ts";
import { escapeHtml, formatNumber } from "./format.ts";
import { trainingChart } from "./lines_charts.ts";
import { jupyterOrNone, openDisplay, type Shown } from "./live_display.ts";
import { showing } from "./progress.ts";
import { mean, type TableRow } from "./rows.ts";
import { sampleTable } from "./sample_table.ts";

/** What a live log draws. */
export interface LiveLogOptions {
  /** The columns that are drawn over training, in a notebook; `"reward"` when left out. */
  y?: Columns;
}

/**
 * Shows a run while it goes: a line with how far it is, the time left, answers and
 * tokens a second (those of this process, less the first iteration of each population,
 * which compiles) and the latest mean reward; before the first step, where policies know
 * it, a forecast of the time and the memory of the whole; at each evaluation the answers of
 * the population that trains, if they are texts; and, in a notebook, its curves. There each
 * redraws in its place; elsewhere lines and tables go to stderr.
 *
 * @param label What is run, in a few words.
 * @param options What to draw.
 * @returns An observer of `run`.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { liveLog, type Run } from "kit";
 *
 * const row = { task: "sums", method: "GRPO", coefficient: 0.1, seed: 0 };
 * const run: Run = {
 *   ...{ experiment: "sums", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { sums: "sums" }, methods: { GRPO: { coefficient: "beta" } } },
 *   rows: [{ ...row, iteration: 0, reward: 0.25 }],
 *   shown: [{ ...row, iteration: 0, answer: "4 + 3", reward: 1 }],
 * };
 * const here = { iterations: 0, answers: 0, tokens: 0, seconds: 1 };
 * // As `run(experiment, { observers: [liveLog("my sums")] })` calls it.
 * await liveLog("my sums")({ run, running: "sums GRPO", done: 0, total: 40, here });
 * ```
 */
export function liveLog(
  label: string,
  options: LiveLogOptions = {},
): Observer {
  assertKnown("the options of liveLog", options, ["y"]);
  const { y = "reward" } = options;
  const showProgress = showing();
  const pace = measurePace();
  const jupyter = jupyterOrNone();
  const [answers, curves] = [1, 2].map(() => jupyter && openDisplay(jupyter));
  let known = 0;
  return async (progress) => {
    const { run, running, done, total, here: { seconds } } = progress;
    const latest = latestOf(run.rows, running);
    const { left, rates } = pace(progress);
    const note = [
      ...[running, ...rates, ...rewardOf(latest)],
      ...done === 0 ? forecastOf(progress) : [],
    ].join(", ");
    await showProgress({ label, done, total, note, seconds, left });
    if (run.rows.length === known) return;
    known = run.rows.length;
    const samples = sampleTable(latestOf(run.shown, running));
    if (samples) {
      const { iteration } = run.shown.at(-1)!;
      const title = `Answers at iteration ${iteration} of ${running}`;
      const face = titled(title, await faceOf(samples));
      if (answers) await answers(face);
      else console.error(face["text/plain"]);
    }
    // A curve has two points.
    if (curves && latest.some(({ iteration }) => iteration !== 0)) {
      const tasks = [`${latest[0].task}`];
      await curves(await faceOf(trainingChart(run, { y, tasks })));
    }
  };
}

/** The rows of a population at its latest iteration. */
function latestOf(rows: readonly TableRow[], running: string): TableRow[] {
  const own = rows.filter(({ task, method, reference }) =>
    [task, method, ...reference ? [reference] : []].join(" ") === running
  );
  return own.filter(({ iteration }) => iteration === own.at(-1)!.iteration);
}

function rewardOf(rows: readonly TableRow[]): string[] {
  const rewards = rows.map(({ reward }) => Number(reward));
  const value = mean(rewards);
  return Number.isFinite(value) ? [`reward ${formatNumber(value)}`] : [];
}

function forecastOf({ forecast }: RunProgress): string[] {
  if (!forecast) return [];
  const gigabytes = Number((forecast.bytes / 1e9).toPrecision(2));
  return [
    `forecast ${
      Math.ceil(forecast.seconds)
    } s, at most ${gigabytes} GB of tensors`,
  ];
}

/** Follows how fast a run is, once the first iteration of a population is done. */
function measurePace() {
  let start = { running: "", iterations: 0 };
  let first: Work | undefined;
  return ({ running, done, total, here }: RunProgress) => {
    if (running !== start.running) {
      start = { running, iterations: here.iterations };
      first = undefined;
    }
    if (here.iterations > start.iterations) first ??= here;
    const since = (name: keyof Work) => here[name] - (first ?? here)[name];
    const rate = (name: "answers" | "tokens") => {
      const value = since(name) / since("seconds");
      return value > 0
        ? [`${formatNumber(Number(value.toPrecision(3)))} ${name}/s`]
        : [];
    };
    return {
      left: since("seconds") / since("iterations") * (total - done),
      rates: [...rate("answers"), ...rate("tokens")],
    };
  };
}

/** What a notebook shows of a value. */
const faceOf = async (value: object): Promise<Shown> =>
  await (value as Record<symbol, () => Promise<Shown>>)
    [Symbol.for("Jupyter.display")]();

const titled = (title: string, face: Shown): Shown => ({
  "text/html": `<p>${escapeHtml(title)}</p>${face["text/html"]}`,
  "text/plain": `${title}\n${face["text/plain"]}`,
});
