import { assertKnown } from "../tf/check.ts";
import type { Run } from "../experiments/experiment.ts";
import type { Look } from "../methods/method.ts";
import {
  atEnd,
  columnNames,
  distinct,
  meant,
  type TableRow,
  where,
} from "./rows.ts";
import { looksOf } from "./theme.ts";

/** Columns to draw: one, several, or several with the titles of their axes. */
export type Columns =
  | string
  | readonly string[]
  | Readonly<Record<string, string>>;

/** Which part of a run a chart draws; all of it when left out. */
export interface ChartOptions {
  /** The names of the tasks. */
  tasks?: readonly string[];
  /** The names of the methods. */
  methods?: readonly string[];
  /** What the figure shows, in a line. */
  title?: string;
}

/** What the columns of the kit's own tasks mean, as axes say it. */
export const columnTitles: Readonly<Record<string, string>> = {
  reward: "mean reward",
  trueReward: "true reward",
  modeEntropy: "mode entropy (nats)",
  coverage: "share of modes covered",
  bestShare: "share of the best mode",
  offManifold: "share off the data",
  pairwiseDistance: "mean pairwise distance",
  slicedW2: "sliced W2",
  kl: "KL to the data (nats)",
  klExact: "KL from the reference (nats)",
  entropy: "entropy (nats)",
  answers: "effective right answers",
  right: "probability of a right answer",
  solved: "share of prompts solved",
  pass1: "pass@1",
  pass4: "pass@4",
  pass16: "pass@16",
  distinct4: "different right answers in 4 draws",
  distinct16: "different right answers in 16 draws",
  distinct8: "different right answers in 8 draws",
  accuracy: "share of likeliest answers that are right",
  accuracyHeldOut: "share of likeliest answers that are right, held out",
  repeated: "share that first repeat what was said",
  repeatedHeldOut: "share that first repeat what was said, held out",
  overconfidence: "probability of the likeliest answer less accuracy",
  overconfidenceHeldOut:
    "probability of the likeliest answer less accuracy, held out",
  distance: "KL(p | p*) (nats)",
  rewardHeldOut: "mean reward, prompts held out",
  rightHeldOut: "probability of a right answer, prompts held out",
  answersHeldOut: "effective right answers, prompts held out",
  modeEntropyHeldOut: "mode entropy, contexts held out (nats)",
  evenShare: "share of even digits (judge)",
  effectiveClasses: "effective classes (judge)",
  confidence: "confidence of the judge",
  nearestDistance: "pixel distance to real digits",
  penalty: "mean D = |v - vRef|²",
  pullGood: "pull on good samples, A > 0",
  pullBad: "pull on bad samples, A < 0",
  pushGood: "push on good samples, A > 0",
  pushBad: "push on bad samples, A < 0",
  covariance: "Cov(A, D)",
  betaMean: "mean beta_eff",
  betaNegative: "share with beta_eff < 0",
  gradNorm: "norm of the gradient",
  gradAgreement: "cosine of a gradient with those before",
};

/** The parts of a run that a chart draws, checked. */
export interface Picked {
  readonly columns: readonly { name: string; title: string }[];
  readonly tasks: readonly { name: string; title: string }[];
  readonly methods: readonly string[];
  readonly looks: ReadonlyMap<string, Look>;
}

/**
 * Checks what a chart is asked for: that the run has such columns, tasks and methods,
 * and that no option is misspelt.
 */
export function pick(
  what: string,
  run: Run,
  options: ChartOptions & { y?: Columns },
  known: readonly string[],
): Picked {
  assertKnown(`the options of ${what}`, options, [
    ...["tasks", "methods", "title"],
    ...known,
  ]);
  const methods = pickNames("methods", options.methods, run.methods);
  const tasks = pickNames("tasks", options.tasks, run.tasks);
  return {
    columns: columnsOf(what, run, options.y ?? []),
    tasks: tasks.map((name) => ({ name, title: run.tasks[name] })),
    methods,
    looks: looksOf(run),
  };
}

function pickNames(
  what: string,
  names: readonly string[] | undefined,
  all: Readonly<Record<string, unknown>>,
): readonly string[] {
  const there = Object.keys(all);
  const unknown = names?.find((name) => !there.includes(name));
  if (unknown !== undefined || names?.length === 0) {
    throw new RangeError(
      `Expected ${what} to be of ${there.join("; ")}, got ${
        unknown === undefined ? "none" : `"${unknown}"`
      }`,
    );
  }
  return names ?? there;
}

function columnsOf(
  what: string,
  { rows }: Run,
  y: Columns,
): { name: string; title: string }[] {
  const titled: [string, string][] = typeof y === "string"
    ? [[y, columnTitles[y] ?? y]]
    : Array.isArray(y)
    ? y.map((name) => [name, columnTitles[name] ?? name])
    : Object.entries(y as Record<string, string>);
  return titled.map(([name, title]) => {
    assertColumn(what, rows, name);
    return { name, title };
  });
}

/** Refuses a column that the rows do not have. */
export function assertColumn(
  what: string,
  rows: readonly TableRow[],
  name: string,
): void {
  if (!rows.some((row) => typeof row[name] === "number")) {
    const names = columnNames(rows)
      .filter((other) => typeof rows[0][other] === "number");
    throw new RangeError(
      `Expected y of ${what} to be a column of numbers of ${
        names.join(", ")
      }, got "${name}"${meant(name, names)}`,
    );
  }
}

/** The coefficients that a method has on a task, rising. */
export const gridOf = (
  rows: readonly TableRow[],
  at: { task: string; method: string },
): number[] =>
  distinct<number>(where(rows, at), "coefficient").sort((a, b) => a - b);

/** The middle of a grid; of an even number, the larger of the two. */
export const middleOf = (grid: readonly number[]): number =>
  grid[Math.floor(grid.length / 2)];

/** How many settings at the end have a diverged member, and are not drawn. */
export function divergedSettings(rows: readonly TableRow[]): number {
  const dead = atEnd(rows).filter(({ alive }) => alive === false);
  return new Set(
    dead.map(({ task, method, coefficient }) =>
      JSON.stringify([task, method, coefficient])
    ),
  ).size;
}

/** A panel's heading with what must be said of it in brackets. */
export const noted = (
  title: string,
  notes: readonly (string | false)[],
): string => {
  const said = notes.filter((note) => note);
  return said.length > 0 ? `${title} (${said.join(", ")})` : title;
};

/** A range around values, with a margin of a share of it on both sides. */
export function rangeOf(
  values: readonly number[],
  margin = 0.06,
): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const extent = (high - low) || Math.abs(high) || 1;
  return [low - margin * extent, high + margin * extent];
}

/**
 * How many later curves lie on each, so that it can be drawn wider and still be seen
 * beneath them.
 *
 * @param curves Places as parts of the plot's width and height.
 */
export function covered(
  curves: readonly (readonly { x: number; y: number }[])[],
): number[] {
  const near = 0.012;
  return curves.map((curve, i) =>
    curves.slice(i + 1).filter((other) => {
      const shared = curve.filter((p) =>
        other.some((q) => Math.hypot(p.x - q.x, p.y - q.y) < near)
      );
      return shared.length >= Math.max(1, curve.length / 2);
    }).length
  );
}
