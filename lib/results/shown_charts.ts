import type { Run } from "../experiments/experiment.ts";
import { type ChartOptions, gridOf, middleOf, pick } from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { type Panel, panels } from "./panels.ts";
import { pictureGrid } from "./pictures.ts";
import { atEnd, column, distinct, type TableRow, where } from "./rows.ts";
import { ink, shaded } from "./theme.ts";
import { samplePoints } from "./sample_traces.ts";

/** What a chart of samples shows. */
export interface SamplesChartOptions extends ChartOptions {
  /** Where the data's modes are, `[x, y]` each: drawn as black crosses. */
  modes?: readonly (readonly number[])[];
  /** The coefficient; the middle of each method's grid when left out. */
  coefficient?: number;
}

/**
 * Draws shown samples of the plane over training, in four steps that are closer at first,
 * where more happens: a row of panels a task and method.
 *
 * @param run The run; its `shown` rows have `x` and `y`.
 * @param options The modes, and which tasks and methods.
 * @returns The figure.
 * @throws {TypeError} If an option has an unknown name, or nothing with `x` is shown.
 * @throws {RangeError} If the run has no such task or method.
 *
 * @example
 * ```ts
 * import { samplesChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { t: "my task" }, methods: { m: { coefficient: "beta" } } },
 *   rows: [],
 *   shown: [0, 9].map((iteration) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed: 0, alive: true },
 *     ...{ iteration, x: 0.5, y: 1 },
 *   })),
 * };
 * const samples = samplesChart(run, { modes: [[0, 1], [1, 0]] });
 * // The samples and the modes, at the start and at the end.
 * assertEquals(samples.data.length, 4);
 * ```
 */
export function samplesChart(
  run: Run,
  options: SamplesChartOptions = {},
): Figure {
  const { tasks, methods, looks } = pick("samplesChart", run, options, [
    ...["modes", "coefficient"],
  ]);
  const { modes = [] } = options;
  const iterations = steps(run);
  const places = [
    ...modes.flat(),
    ...column(run.shown, "x"),
    ...column(run.shown, "y"),
  ].map(Math.abs).sort((a, b) => a - b);
  // A sample far off would make dots of all the others.
  const reach = 1.1 * Math.max(
    ...modes.flat().map(Math.abs),
    places[Math.floor(0.99 * (places.length - 1))],
  );
  const list = tasks.flatMap((task) =>
    methods.flatMap((method) => {
      const own = shownOf(run, { task: task.name, method }, options);
      const words = [
        ...tasks.length > 1 ? [task.title] : [],
        ...methods.length > 1 ? [method] : [],
      ];
      return own.length === 0 ? [] : iterations.map((iteration, i): Panel => ({
        title: `iteration ${iteration}`,
        yTitle: i === 0 ? words.join("<br>") : undefined,
        xaxis: { range: [-reach, reach] },
        yaxis: { range: [-reach, reach] },
        data: [
          ...samplePoints(
            where(own, { iteration }).map(({ x, y }) => [Number(x), Number(y)]),
            { name: method, style: looks.get(method)! },
          ),
          ...modes.length > 0 ? [modeMarks(modes)] : [],
        ],
      }));
    })
  );
  return panels(list, {
    title: options.title ?? "Samples over training (first seed)",
    columns: iterations.length,
    width: 1100,
    rowHeight: 330,
  });
}

/** The modes as open rings, which samples at them do not hide. */
function modeMarks(modes: readonly (readonly number[])[]): Trace {
  return {
    type: "scatter",
    mode: "markers",
    x: modes.map(([x]) => x),
    y: modes.map(([, y]) => y),
    name: "modes of the data",
    marker: {
      color: ink,
      symbol: "circle-open",
      size: 16,
      line: { width: 1.4 },
    },
  } as Trace;
}

/** Four of the iterations that are shown, closer at first. */
function steps({ shown }: Run): number[] {
  const all = distinct<number>(shown, "iteration");
  const last = all.length - 1;
  return [
    ...new Set([0, 1, 2, 3].map((i) => all[Math.round(last * (i / 3) ** 2)])),
  ];
}

/** What is shown of a method at one coefficient. */
function shownOf(
  { shown }: Run,
  at: { task: string; method: string },
  { coefficient }: { coefficient?: number },
): TableRow[] {
  const grid = gridOf(shown, at);
  return where(shown, { ...at, coefficient: coefficient ?? middleOf(grid) });
}

/** What a chart of pictures shows. */
export interface PicturesChartOptions extends ChartOptions {
  /**
   * What a row of pictures is: an `"iteration"` of the middle coefficient of a method, or
   * a `"coefficient"` of it at the end.
   */
  by: "iteration" | "coefficient";
  /** The width on the page of one picture; 34 pixels when left out. */
  scale?: number;
}

/**
 * Draws shown pictures, a row an iteration or coefficient of each method.
 *
 * @param run The run; its `shown` rows have `picture`, grey bytes in base 64.
 * @param options What the rows are, and which tasks and methods.
 * @returns The figure.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such task or method.
 *
 * @example
 * ```ts
 * import { picturesChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { t: "my task" }, methods: { m: { coefficient: "beta" } } },
 *   rows: [],
 *   shown: [0, 9].map((iteration) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed: 0, alive: true },
 *     ...{ iteration, picture: new Uint8Array(4).toBase64() },
 *   })),
 * };
 * const pictures = picturesChart(run, { by: "iteration" });
 * // One image, with a row of pictures an iteration.
 * assertEquals(pictures.layout.images?.length, 1);
 * ```
 */
export function picturesChart(run: Run, options: PicturesChartOptions): Figure {
  const { tasks, methods } = pick("picturesChart", run, options, [
    ...["by", "scale"],
  ]);
  const { by, scale = 34 } = options;
  if (by !== "iteration" && by !== "coefficient") {
    throw new RangeError(
      `Expected by to be "iteration" or "coefficient", got "${by}"`,
    );
  }
  const rows = tasks.flatMap((task) =>
    methods.flatMap((method) => {
      const at = { task: task.name, method };
      const name = run.methods[method].coefficient;
      const own = by === "iteration"
        ? shownOf(run, at, {})
        : atEnd(where(run.shown, at));
      return distinct<number>(own, by).map((value) => ({
        label: [
          ...tasks.length > 1 ? [task.title] : [],
          method,
          `${by === "iteration" ? by : name} ${value}`,
        ].join(", "),
        pictures: where(own, { [by]: value }).map(pixels),
      }));
    })
  );
  const side = Math.sqrt(rows[0]?.pictures[0]?.length ?? 0);
  return pictureGrid(rows, {
    title: options.title ??
      (by === "iteration"
        ? "Samples over training (first seed, the same noise)"
        : "Samples of each setting (first seed, the same noise)"),
    side,
    scale,
  });
}

/** The grey values in [-1, 1] of a picture shown as bytes in base 64. */
function pixels({ picture }: TableRow): Float32Array {
  const bytes = Uint8Array.fromBase64(picture as string);
  return Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
}

/** What a chart of answers shows. */
export interface AnswersChartOptions extends ChartOptions {
  /** The coefficient; the middle of each method's grid when left out. */
  coefficient?: number;
}

/**
 * Draws the shown answers of language policies at the end with their probabilities, a
 * panel a task and method, all from 0 to 1; answers that earn less than the most are pale.
 *
 * @param run The run; its `shown` rows have `answer`, `probability` and `reward`.
 * @param options Which tasks and methods.
 * @returns The figure.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such task or method.
 *
 * @example
 * ```ts
 * import { answersChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { t: "my task" }, methods: { m: { coefficient: "beta" } } },
 *   rows: [],
 *   shown: [0, 9].map((iteration) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed: 0, alive: true },
 *     ...{ iteration, answer: "1 2 3", probability: 0.5, reward: 1 },
 *   })),
 * };
 * const answers = answersChart(run);
 * assertEquals(answers.layout.annotations?.[0].text, "m, beta 1");
 * ```
 */
export function answersChart(
  run: Run,
  options: AnswersChartOptions = {},
): Figure {
  const { tasks, methods, looks } = pick("answersChart", run, options, [
    "coefficient",
  ]);
  const most = Math.max(...column(run.shown, "reward"));
  const list = tasks.flatMap((task) =>
    methods.flatMap((method): Panel[] => {
      const at = { task: task.name, method };
      const rows = atEnd(shownOf(run, at, options));
      if (rows.length === 0) return [];
      const { color } = looks.get(method)!;
      return [{
        title: [
          ...tasks.length > 1 ? [task.title] : [],
          method,
          `${run.methods[method].coefficient} ${rows[0].coefficient}`,
        ].join(", "),
        xTitle: "answer",
        yTitle: "probability",
        xaxis: { type: "category", tickangle: -50 },
        yaxis: { range: [-0.025, 1] },
        data: [{
          type: "bar",
          x: rows.map(({ answer }) => String(answer)),
          y: column(rows, "probability"),
          marker: {
            color: rows.map(({ reward }) =>
              reward === most ? color : shaded(color, -0.6)
            ),
            line: { color, width: 1 },
          },
          showlegend: false,
        }],
      }];
    })
  );
  const columns = Math.min(3, list.length);
  return panels(list, {
    title: options.title ??
      "The likeliest answers to the first prompt at the end (first seed)",
    columns,
    width: [720, 960, 1180][columns - 1],
    rowHeight: 300,
  });
}
