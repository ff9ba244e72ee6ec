import { type Run } from "../experiments/experiment.ts";
import { type Case, type Claim } from "../results/claims.ts";
import { lessBySeed, type PerSeed } from "../results/per_seed.ts";
import { atEnd, atStart, distinct, mean, where } from "../results/rows.ts";
import { above, below } from "../results/rules.ts";
import { compareFronts } from "../results/sweeps.ts";
import { type TableRow } from "../results/rows.ts";

const small = "small net";
const large = "large net";
const ours = "ADRPO-FM";
const rivals = [
  ...["RAFT, best 2", "Diffusion-DPO", "ORW-CFM-W2, tau 4"],
  ...["ORW-CFM-W2, tau 4, centred", "DiffusionNFT"],
];
const table1 = 'ADRPO, Table 1: "SD3+ADRPO" first in reward and in diversity';

/** The setting and the iterations that a part of the study runs again. */
export const firstSteps = { coefficient: 0.12, iterations: 14 } as const;

/** The rows of a method on a task at the end. */
const ends = (rows: Run["rows"], task: string, method: string): TableRow[] =>
  where(atEnd(rows), { task, method });

/** Rows after the first iterations, or at the end of shorter runs. */
const early = (rows: readonly TableRow[]): TableRow[] =>
  where(rows, {
    iteration: Math.min(
      firstSteps.iterations,
      Math.max(...distinct<number>(rows, "iteration")),
    ),
  });

/**
 * A method's rows at the setting whose mean over seeds is the highest, of those in which
 * no seed diverged, if there are such.
 *
 * @example
 * ```ts
 * import { bestSetting } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0.1, 0.2].map((coefficient) => ({
 *   ...{ coefficient, seed: 0, alive: true },
 *   reward: coefficient,
 * }));
 * assertEquals(bestSetting(rows, "reward")[0].coefficient, 0.2);
 * ```
 */
export function bestSetting(
  rows: readonly TableRow[],
  column: string,
): TableRow[] {
  const all = distinct<number>(rows, "coefficient")
    .map((coefficient) => where(rows, { coefficient }));
  const alive = all.filter((own) => own.every(({ alive }) => alive));
  const settings = alive.length > 0 ? alive : all;
  const meanOf = (own: readonly TableRow[]) =>
    mean(own.map((row) => Number(row[column])));
  return settings.reduce((a, b) => meanOf(b) > meanOf(a) ? b : a);
}

/** The same, also over scales of guidance; the column is then `value`. */
function bestGuided(rows: readonly TableRow[], column: string): TableRow[] {
  const guided = [column, `${column}Guided2`, `${column}Guided4`];
  const best = guided.map((name) =>
    bestSetting(rows, name).map((row): TableRow => ({
      ...row,
      value: row[name],
    }))
  );
  const meanOf = (own: readonly TableRow[]) =>
    mean(own.map(({ value }) => Number(value)));
  return best.reduce((a, b) => meanOf(b) > meanOf(a) ? b : a);
}

const fronts = (
  words: Pick<Claim, "claim" | "quotes" | "statistic">,
  diversity: string,
  { sign = 1, at = atEnd }: {
    sign?: number;
    at?: (rows: readonly TableRow[]) => TableRow[];
  } = {},
): Claim => ({
  ...words,
  rule: above(0),
  cases: rivals.map((rival) => ({ task: small, rival })),
  measure: (rows, { rival }) => {
    const of = (method: string) =>
      where(at(where(rows, { task: small })), { method }).map((
        row,
      ): TableRow => ({ ...row, diversity: sign * Number(row[diversity]) }));
    return compareFronts(of(ours), of(`${rival}`), { diversity: "diversity" });
  },
});

const gains = (
  words: Pick<Claim, "claim" | "quotes" | "statistic">,
  column: string,
): Claim => ({
  ...words,
  rule: above(0),
  cases: [ours, ...rivals].map((method) => ({ task: small, method })),
  measure: (rows, { method }) =>
    lessBySeed(
      bestSetting(ends(rows, small, `${method}`), "reward"),
      ends(rows, small, "base"),
      column,
    ),
});

const sizes = (column: string, words: string, rivalMethod: string): Claim => ({
  claim: rivalMethod === "base"
    ? `A small net with ADRPO beats a large one without: ${words}`
    : `A small net with ADRPO beats a large one with it: ${words}`,
  quotes:
    'Post, What Emerges in Practice: "a 2B parameter SD3 model outperforms FLUX.1-Dev (12B) and SANA-1.5 (4.8B)"',
  statistic:
    `${words}, small with ADRPO-FM less large with ${rivalMethod}, each at its best setting and guidance`,
  rule: above(0),
  cases: [{ task: small, rival: rivalMethod }],
  measure: (rows) =>
    lessBySeed(
      bestGuided(ends(rows, small, ours), column),
      bestGuided(ends(rows, large, rivalMethod), column),
      "value",
    ),
});

const lostStyles = (rows: Run["rows"], { method }: Case): PerSeed => {
  const own = where(rows, { task: small, method: `${method}`, coefficient: 0 });
  return lessBySeed(atEnd(own), atStart(own), "styles");
};

/** What a part of the study can tell too: what the first iterations gain. */
export const firstStepsClaim: Claim = {
  claim: "ADRPO's first 14 iterations gain reward",
  quotes: table1,
  statistic: "mean reward at beta0 0.12, iteration 14 less iteration 0",
  rule: above(0),
  cases: [{ task: small, method: ours }],
  measure: (rows, at) => {
    const { coefficient } = firstSteps;
    const own = where(rows, { ...at, coefficient });
    return lessBySeed(early(own), atStart(own), "reward");
  },
};

/** What the study of pictures from text asks; see {@linkcode textPicturesStudy}. */
export const textPicturesClaims: readonly Claim[] = [
  {
    claim: "Without regularisation diversity collapses",
    quotes: 'Post, The Diversity Collapse Problem: "mode collapse"',
    statistic: "effective styles of a caption at beta 0, end less start",
    rule: below(0),
    cases: ["no reward", "RAFT, best 2", "ORW-CFM-W2, tau 4"]
      .map((method) => ({ task: small, method })),
    measure: lostStyles,
  },
  gains({
    claim: "It gains attribute binding over the base",
    quotes: table1,
    statistic:
      "how often both halves are right, at the setting of the highest reward less the base",
  }, "right"),
  gains({
    claim: "A judge that the reward never saw agrees",
    quotes: table1,
    statistic:
      "how often the judge sees both things, at the setting of the highest reward less the base",
  }, "judged"),
  gains({
    claim: "It carries over to captions held out",
    quotes: 'Post, Why diversity matters: "Generalization"',
    statistic:
      "how often both halves are right on pairs held out, at the setting of the highest reward less the base",
  }, "rightHeldOut"),
  fronts({
    claim: "ADRPO keeps more styles at equal reward than its rival",
    quotes: table1,
    statistic: "effective styles over the common rewards, ADRPO-FM less rival",
  }, "styles"),
  fronts({
    claim:
      "ADRPO's pictures are farther apart at equal reward than its rival's",
    quotes: table1,
    statistic:
      "distance of two pictures over the common rewards, ADRPO-FM less rival",
  }, "distance"),
  fronts(
    {
      claim: "ADRPO's pictures are better at equal reward than its rival's",
      quotes: table1,
      statistic:
        "minus the flaw (error to the nearest render) over the common rewards, ADRPO-FM less rival",
    },
    "flaw",
    { sign: -1 },
  ),
  fronts(
    {
      claim:
        "After 14 iterations ADRPO has more styles at equal reward than its rival",
      quotes: table1,
      statistic:
        "effective styles over the rewards common at iteration 14, ADRPO-FM less rival",
    },
    "styles",
    { at: early },
  ),
  sizes("right", "both halves right", "base"),
  sizes("judged", "both seen by the judge", "base"),
  sizes("right", "both halves right", ours),
  sizes("judged", "both seen by the judge", ours),
  firstStepsClaim,
];
