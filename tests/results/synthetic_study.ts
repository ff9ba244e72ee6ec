import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  type Claim,
  judgeClaims,
  type VerdictRow,
} from "../../lib/results/claims.ts";
import { type TableRow, where } from "../../lib/results/rows.ts";
import { above } from "../../lib/results/rules.ts";
import { compareFronts } from "../../lib/results/sweeps.ts";

/** What is simulated: a method and its rivals, whose truth is known. Units are margins. */
export interface Study {
  /** How much more diverse than each rival the method is, at every reward. */
  readonly gains: readonly number[];
  readonly references: number;
  readonly seedsEach: number;
  /** The standard deviation over references of a gain. */
  readonly referenceSpread: number;
  /** The standard deviation over seeds of a gain. */
  readonly seedSpread: number;
}

/** How the verdicts are made: as the kit does, or with an error that must be noticed. */
export type Procedure = "as it is" | "each claim alone" | "seeds as references";

const ours = "ours";
const grid = [0, 0.25, 0.5, 0.75, 1];
const margin = 1;

/** Draws from N(0, 1), by Box and Muller. */
export function normals(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => {
    const [u, v] = [uniformFloat64(generator), uniformFloat64(generator)];
    return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
  };
}

/**
 * The rows of a study: fronts from reward 0.9 to 0.3, along which a coefficient buys two
 * margins of diversity. Each reference, and each seed, moves a whole front: what it does
 * to all methods cancels in pairs, and what it does to one is half the variance of a gain.
 * Each run has a noise of its own, as large as the kept sweeps have; that of a rival is
 * four times larger in diversity, which must not pass for a higher front.
 */
export function studyRows(study: Study, normal: () => number): TableRow[] {
  const methods = [ours, ...study.gains.map((_, rival) => `rival ${rival}`)];
  const own = (spread: number) =>
    methods.map(() => spread * Math.SQRT1_2 * normal());
  return Array.from({ length: study.references }, (_, reference) => {
    const [shared, apart] = [normal(), own(study.referenceSpread)];
    return Array.from({ length: study.seedsEach }, (_, i) => {
      const [both, single] = [normal(), own(study.seedSpread)];
      const seed = reference * study.seedsEach + i;
      return methods.flatMap((method, m) =>
        grid.map((coefficient) => ({
          ...{ method, reference, seed, coefficient, alive: true },
          reward: 0.9 - 0.6 * coefficient + 0.01 * normal(),
          diversity: 2 * coefficient - (m > 0 ? study.gains[m - 1] : 0) +
            shared + apart[m] + both + single[m] +
            (m > 0 ? 0.8 : 0.2) * normal(),
        }))
      );
    });
  }).flat(2);
}

/** The verdicts of a study's rows: one family, a claim a rival. */
export function verdictsOf(
  rows: readonly TableRow[],
  { gains }: Study,
  procedure: Procedure = "as it is",
): VerdictRow[] {
  const claim: Claim = {
    claim: "It keeps more diversity at equal reward",
    quotes: "a simulation",
    statistic: "diversity at equal reward, ours less rival (margins)",
    rule: above(0, { margin }),
    family: procedure === "each claim alone" ? undefined : "diversity",
    cases: gains.map((_, rival) => ({ rival: `rival ${rival}` })),
    measure: (all, { rival }) =>
      compareFronts(
        where(all, { method: ours }),
        where(all, { method: rival }),
        {
          diversity: "diversity",
        },
      ),
  };
  const known = procedure === "seeds as references"
    ? rows.map((row) => ({ ...row, reference: row.seed }))
    : rows;
  return judgeClaims([claim], {
    rows: known as Parameters<Claim["measure"]>[0],
    tasks: {},
    methods: {},
  });
}

/** Whether a verdict is wrong where the true gain is this. */
export function isFalse(verdict: VerdictRow["verdict"], gain: number): boolean {
  if (verdict === "holds") return gain <= 0;
  if (verdict === "does not hold") return gain >= 0;
  return verdict === "no difference" && Math.abs(gain) >= margin;
}

/** What many studies of one truth came to. */
export interface Rates {
  /** The share of studies with a false verdict or more. */
  readonly falseStudies: number;
  /** How often each claim was decided, and rightly so. */
  readonly power: readonly number[];
}

/** Simulates studies of one truth and judges each. */
export function rates(
  study: Study,
  { studies, procedure, seed = 1 }: {
    studies: number;
    procedure?: Procedure;
    seed?: number;
  },
): Rates {
  const normal = normals(seed);
  let falseStudies = 0;
  const right = study.gains.map(() => 0);
  for (let i = 0; i < studies; i++) {
    const verdicts = verdictsOf(studyRows(study, normal), study, procedure);
    const wrong = verdicts.map(({ verdict }, claim) =>
      isFalse(verdict, study.gains[claim])
    );
    if (wrong.includes(true)) falseStudies++;
    verdicts.forEach(({ verdict }, claim) => {
      if (verdict !== "undecided here" && !wrong[claim]) right[claim]++;
    });
  }
  return {
    falseStudies: falseStudies / studies,
    power: right.map((count) => count / studies),
  };
}
