import { assertKnown } from "../tf/check.ts";
import type { Run } from "../experiments/experiment.ts";
import { judge, type Measured } from "./judge.ts";
import { estimate, NoRowError, type PerSeed } from "./per_seed.ts";
import { distinct, meant } from "./rows.ts";
import type { Rule, Verdict } from "./rules.ts";

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
  /**
   * The family that its cases are judged in, with all others of that name; each case is
   * judged alone when left out. See {@linkcode judge}.
   */
  readonly family?: string;
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
  /** The family that it was judged in; `""` if it was judged alone. */
  readonly family?: string;
  /** The least level of the family that decides it; see {@linkcode judge}. */
  readonly p?: number;
  readonly verdict: Verdict;
};

const claimNames = [
  ...["claim", "quotes", "statistic", "rule", "family", "cases", "measure"],
];

/**
 * Measures and judges claims, each in all of its cases, from their intervals alone; those
 * that name a family are judged together.
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
  const rows = claims.flatMap((claim) => {
    assertClaim(claim);
    return claim.cases.map((at) => measured(claim, at, run));
  });
  const families = Map.groupBy(
    rows.keys(),
    (place) => rows[place].family || place,
  );
  const verdicts: VerdictRow[] = [];
  for (const [family, places] of families) {
    const judged = judgedTogether(places.map((place) => rows[place]), family);
    places.forEach((place, i) => verdicts[place] = judged[i]);
  }
  return verdicts;
}

/** A measured claim in one case, still to be judged. */
type MeasuredRow = Omit<VerdictRow, "rule" | "p" | "verdict"> & Measured;

function judgedTogether(
  rows: readonly MeasuredRow[],
  family: string | number,
): VerdictRow[] {
  try {
    return judge(rows).map(({ standardError: _, df: __, ...row }) => row);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(`Family "${family}": ${reason}`, { cause });
  }
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

function measured(
  { claim, quotes, statistic, rule, family = "", measure }: Claim,
  at: Case,
  run: Pick<Run, "rows" | "tasks" | "methods">,
): MeasuredRow {
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
    const perSeed = measure(run.rows, at);
    if (!Array.isArray(perSeed?.seeds)) {
      throw new TypeError(
        `Expected measure to return a statistic per seed, such as eachSeed(...), got ${perSeed}`,
      );
    }
    return {
      ...{ claim, case: name, task, quotes, statistic },
      ...estimate(perSeed),
      ...{ rule, family },
    };
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

/** What stands between the parts of a case. */
export const separator = "; ";
