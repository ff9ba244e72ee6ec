import { assertKnown } from "../tf/check.ts";
import type { Run } from "../experiments/experiment.ts";
import { distinct, meant, type TableRow } from "./rows.ts";
import {
  type Estimate,
  estimate,
  NoRowError,
  type PerSeed,
} from "./statistics.ts";

/** What an interval says of a claim. */
export type Verdict = "holds" | "does not hold" | "undecided here";

/** When an interval decides that a claim holds, or that it does not. */
export interface Rule {
  /** The rule as it is written in tables, such as `"> 0"`. */
  readonly text: string;
  /** Whether the whole interval agrees with the claim. */
  readonly holds: (low: number, high: number) => boolean;
  /** Whether the whole interval disagrees with the claim. */
  readonly fails: (low: number, high: number) => boolean;
}

/**
 * The claim that a statistic is greater than a threshold.
 *
 * @param threshold The value to exceed.
 * @returns The rule: holds if the whole interval is above, fails if none is.
 *
 * @example
 * ```ts
 * import { above } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(above(0).holds(0.1, 0.4));
 * assert(above(0).fails(-0.2, 0));
 * ```
 */
export function above(threshold: number): Rule {
  return {
    text: `> ${threshold}`,
    holds: (low) => low > threshold,
    fails: (_low, high) => high <= threshold,
  };
}

/**
 * The claim that a statistic is less than a threshold.
 *
 * @param threshold The value to stay under.
 * @returns The rule: holds if the whole interval is below, fails if none is.
 *
 * @example
 * ```ts
 * import { below } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(below(1).holds(0.1, 0.4));
 * ```
 */
export function below(threshold: number): Rule {
  return {
    text: `< ${threshold}`,
    holds: (_low, high) => high < threshold,
    fails: (low) => low >= threshold,
  };
}

/**
 * The claim that a statistic lies in a range, such as a difference that is
 * negligible.
 *
 * @param min The range's lower end.
 * @param max The range's upper end.
 * @returns The rule: holds if the whole interval is inside, fails if all of it is
 * outside.
 *
 * @example
 * ```ts
 * import { within } from "kit";
 * import { assert } from "@std/assert";
 *
 * assert(within(-0.1, 0.1).holds(-0.05, 0.1));
 * assert(within(-0.1, 0.1).fails(0.2, 0.3));
 * ```
 */
export function within(min: number, max: number): Rule {
  return {
    text: `in [${min}, ${max}]`,
    holds: (low, high) => low >= min && high <= max,
    fails: (low, high) => low > max || high < min,
  };
}

/** Where a claim is tested: a task, a method, a rival, a coefficient, by name. */
export type Case = Readonly<Record<string, string | number>>;

/**
 * A claim of a post or a paper, and how to measure whether it holds.
 *
 * @example
 * ```ts
 * import { above, atEnd, type Claim, compareFronts, where } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const diverse: Claim = {
 *   claim: "ADRPO keeps more diversity at equal reward",
 *   quotes: "the post, its summary",
 *   statistic: "mode entropy over the common rewards, ADRPO less rival (nats)",
 *   rule: above(0),
 *   cases: [{ task: "graded", rival: "RAFT, best 8" }],
 *   measure: (rows, { task, rival }) => {
 *     const end = where(atEnd(rows), { task });
 *     return compareFronts(
 *       where(end, { method: "ADRPO-FM" }),
 *       where(end, { method: rival }),
 *       { diversity: "modeEntropy" },
 *     );
 *   },
 * };
 * assertEquals(diverse.rule.text, "> 0");
 * ```
 */
export interface Claim {
  /** The claim in a sentence, without its case. */
  readonly claim: string;
  /** The sentence that it tests, and where that stands. */
  readonly quotes: string;
  /** What is measured, in words, with its unit. */
  readonly statistic: string;
  /** What the interval must show. */
  readonly rule: Rule;
  /** Where it is tested, such as `{ task: "graded", rival: "RAFT, best 8" }`. */
  readonly cases: readonly Case[];
  /**
   * Measures it.
   *
   * @param rows All the rows of the run.
   * @param at The case.
   * @returns The statistic, whose interval is over seeds.
   */
  measure(rows: Run["rows"], at: Case): PerSeed;
}

/** A judged claim, as a row of the table of verdicts. */
export type VerdictRow = {
  readonly claim: string;
  /** Where it was tested, such as `"graded modes; RAFT, best 8"`. */
  readonly case: string;
  /** The title of the case's task; `""` without one. */
  readonly task: string;
  readonly quotes: string;
  readonly statistic: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The number of seeds. */
  readonly n: number;
  readonly rule: string;
  readonly verdict: Verdict;
};

/**
 * Judges a measured claim from its interval alone: it holds, it does not hold, or the
 * interval leaves both open and it is undecided here.
 *
 * @param measured An interval and the rule, beside whatever else the row has.
 * @returns The same row with the rule as text, and the verdict.
 *
 * @example
 * ```ts
 * import { above, judge } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const gain = { claim: "ADRPO gains", value: 0.2, low: -0.1, high: 0.5, n: 5 };
 * assertEquals(judge({ ...gain, rule: above(0) }).verdict, "undecided here");
 * ```
 */
export function judge<
  Measured extends Pick<Estimate, "low" | "high"> & { readonly rule: Rule },
>(
  { rule, ...row }: Measured,
): Omit<Measured, "rule"> & { rule: string; verdict: Verdict } {
  const verdict = rule.holds(row.low, row.high)
    ? "holds"
    : rule.fails(row.low, row.high)
    ? "does not hold"
    : "undecided here";
  return { ...row, rule: rule.text, verdict };
}

const claimNames = [
  ...["claim", "quotes", "statistic", "rule", "cases", "measure"],
];

/**
 * Measures and judges claims, each in all of its cases, from their intervals alone.
 *
 * @param claims The claims.
 * @param run The run that tests them.
 * @returns A row a claim and case.
 * @throws {TypeError} If a claim lacks something or has an unknown name.
 * @throws {RangeError} If a case names a task or method that the run does not have.
 * @throws {Error} If a claim cannot be measured; the message names it and its case.
 *
 * @example
 * ```ts
 * import { above, eachSeed, judgeClaims } from "kit";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const run = {
 *   rows: [0, 1, 2].map((seed) => ({ task: "graded", seed, reward: 0.5 })),
 *   tasks: { graded: "graded modes" },
 *   methods: {},
 * };
 * const [verdict] = judgeClaims([{
 *   claim: "It earns something",
 *   quotes: "my own hunch",
 *   statistic: "mean reward",
 *   rule: above(0),
 *   cases: [{ task: "graded" }],
 *   measure: (rows, { task }) =>
 *     eachSeed(rows.filter((row) => row.task === task), ([row]) => Number(row.reward)),
 * }], run);
 * assertObjectMatch(verdict, { case: "graded modes", n: 3, verdict: "holds" });
 * ```
 */
export function judgeClaims(
  claims: readonly Claim[],
  run: Pick<Run, "rows" | "tasks" | "methods">,
): VerdictRow[] {
  return claims.flatMap((claim) => {
    assertClaim(claim);
    return claim.cases.map((at) => judged(claim, at, run));
  });
}

function assertClaim(claim: Claim): void {
  const { claim: sentence, rule, cases, measure } = claim;
  assertKnown(`the claim "${sentence}"`, claim, claimNames);
  for (const name of ["claim", "quotes", "statistic"] as const) {
    if (typeof claim[name] !== "string") {
      throw new TypeError(
        `Expected ${name} of the claim "${sentence}" to be text, got ${
          claim[name]
        }`,
      );
    }
  }
  if (typeof rule?.holds !== "function") {
    throw new TypeError(
      `Expected rule of the claim "${sentence}" to be such as above(0), got ${rule}`,
    );
  }
  if (typeof measure !== "function") {
    throw new TypeError(
      `Expected measure of the claim "${sentence}" to be a function of rows and a case, got ${typeof measure}`,
    );
  }
  if (!Array.isArray(cases) || cases.length === 0) {
    throw new TypeError(
      `Expected cases of the claim "${sentence}" to be a list of at least one, such as [{}], got ${
        Array.isArray(cases) ? "none" : cases
      }`,
    );
  }
}

function judged(
  { claim, quotes, statistic, rule, measure }: Claim,
  at: Case,
  run: Pick<Run, "rows" | "tasks" | "methods">,
): VerdictRow {
  const names = { task: run.tasks, method: run.methods };
  for (const [kind, known] of Object.entries(names)) {
    const name = at[kind];
    if (name !== undefined && !Object.hasOwn(known, name)) {
      const there = Object.keys(known);
      throw new RangeError(
        `Expected the ${kind} of a case of the claim "${claim}" to be one of ${
          there.join("; ")
        }, got "${name}"${meant(String(name), there)}`,
      );
    }
  }
  const task = at.task === undefined ? "" : run.tasks[at.task];
  const name = caseName(at, run);
  try {
    const measured = measure(run.rows, at);
    if (!Array.isArray(measured?.seeds)) {
      throw new TypeError(
        `Expected measure to return a statistic per seed, such as eachSeed(...), got ${measured}`,
      );
    }
    return judge({
      ...{ claim, case: name, task, quotes, statistic },
      ...estimate(measured),
      rule,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(
      `Cannot measure the claim "${claim}" (${
        name || "its one case"
      }): ${reason}${cause instanceof NoRowError ? labelsOf(run.rows) : ""}`,
      { cause },
    );
  }
}

/** What the rows can be picked by, as the end of a message. */
function labelsOf(rows: Run["rows"]): string {
  const values = (column: string) => distinct<string>(rows, column).join("; ");
  return `. The rows have task ${values("task")}; method ${values("method")}`;
}

/** A case in words: the task by its title, numbers with their name. */
function caseName(
  at: Case,
  { tasks, methods }: Pick<Run, "tasks" | "methods">,
): string {
  const words = (name: string, value: string | number) => {
    if (name === "task") return tasks[value];
    if (typeof value === "string") return value;
    const swept = methods[at.method ?? ""]?.coefficient;
    return `${name === "coefficient" && swept ? swept : name} ${value}`;
  };
  return Object.entries(at).map(([name, value]) => words(name, value))
    .join(separator);
}

const separator = "; ";

/**
 * The short table of verdicts: what was claimed, where, what came out, and what that
 * says. The rows themselves have the rest: what each quotes, its statistic and rule.
 *
 * @param verdicts The judged claims.
 * @returns Rows to show with `table`; a value that is none has its reason in its place:
 * fronts without common rewards, or that every seed diverged.
 */
export function shortVerdicts(verdicts: readonly VerdictRow[]): TableRow[] {
  return verdicts.map((
    { claim, case: where, value, low, high, n, verdict },
  ) => ({
    ...{ claim, case: where },
    value: Number.isNaN(value)
      ? (n > 0 ? "no common rewards" : "diverged")
      : value,
    ...{ valueLow: low, valueHigh: high, seeds: n, verdict },
  }));
}

const marks: Record<Verdict, string> = {
  holds: "✓",
  "does not hold": "✗",
  "undecided here": "?",
};

/**
 * Sums verdicts up as a table in Markdown: a row a claim and what else its case has,
 * a column a task; ✓ holds, ✗ does not hold, ? undecided here.
 *
 * @param verdicts The judged claims.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { verdictMatrix, type VerdictRow } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const judged = { quotes: "", statistic: "", value: 1, low: 0.5, high: 2, n: 5, rule: "> 0" };
 * const verdicts: VerdictRow[] = [
 *   { ...judged, claim: "A gains", task: "east", case: "east; B", verdict: "holds" },
 *   { ...judged, claim: "A gains", task: "west", case: "west; B", verdict: "undecided here" },
 * ];
 * assertEquals(
 *   verdictMatrix(verdicts).split("\n").at(-1),
 *   "| A gains | B | ✓ | ? |",
 * );
 * ```
 */
export function verdictMatrix(verdicts: readonly VerdictRow[]): string {
  const tasks = distinct<string>(verdicts, "task");
  const elsewhere = ({ task, case: name }: VerdictRow) =>
    name.split(separator).filter((part) => part !== task).join(separator);
  const lines = Map.groupBy(
    verdicts,
    (row) => JSON.stringify([row.claim, elsewhere(row)]),
  );
  let before = "";
  const rows = [...lines.values()].map((list) => {
    const [{ claim }] = list;
    const sentence = claim === before ? "" : claim;
    before = claim;
    const cells = tasks.map((task) =>
      list.filter((row) => row.task === task)
        .map(({ verdict }) => marks[verdict]).join(" ")
    );
    return tableLine([sentence, elsewhere(list[0]), ...cells]);
  });
  return [
    tableLine(["claim", "case", ...tasks]),
    `|---|---|${tasks.map(() => ":-:|").join("")}`,
    ...rows,
  ].join("\n");
}

const tableLine = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
