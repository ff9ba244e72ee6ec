import { type Run } from "../experiments/experiment.ts";
import { atScale, type Scale } from "../experiments/scale.ts";
import { seedList } from "../experiments/sweep.ts";
import { adrpo, clippedAdrpo, nonNegativeAdrpo } from "../methods/adrpo.ts";
import { adrpoControls } from "../methods/adrpo_controls.ts";
import { entropyBonus } from "../methods/entropy_bonus.ts";
import { exactTokens } from "../methods/families.ts";
import { grpo } from "../methods/fixed_beta.ts";
import { type Arm, arm, type Method } from "../methods/method.ts";
import { trajectoryBalance } from "../methods/trajectory_balance.ts";
import { type ChunkedSignals, type TokenSignals } from "../policies/tokens.ts";
import { type LanguageModel } from "../pretrained/language/language_model.ts";
import { type Case, type Claim } from "../results/claims.ts";
import { frontsChart } from "../results/fronts_chart.ts";
import { trainingChart } from "../results/lines_charts.ts";
import { lessBySeed, pairedBySeed } from "../results/per_seed.ts";
import { type ReportOptions } from "../results/report.ts";
import { atEnd, atStart, numberOf, where } from "../results/rows.ts";
import { above, below } from "../results/rules.ts";
import { compareFronts } from "../results/sweeps.ts";
import { openListsTask } from "../tracks/open_lists.ts";
import { keepAdapters } from "./keep_adapters.ts";
import { k2Tokens } from "./methods.ts";
import { titled } from "./titled.ts";
import { type TrackStudy, tuneRate } from "./track_study.ts";

const [flipped] = adrpoControls(exactTokens);

const whole = [0.03, 0.1, 0.3, 1];
/** A method over its whole grid, and over the part of it that fits a laptop. */
const swept = (method: Method<TokenSignals>, part: number[], grid = whole) => ({
  full: arm(method, grid),
  laptop: arm(method, part),
});

const part = [0.1, 0.3, 1];
const sweeps = [
  swept(grpo(exactTokens), [0, ...part], [0, ...whole]),
  swept(adrpo(exactTokens), part),
  swept(grpo(), part),
  swept(grpo(k2Tokens), part),
  swept(clippedAdrpo(exactTokens), part),
  swept(nonNegativeAdrpo(exactTokens), part),
  swept(flipped, part),
  swept(entropyBonus, [0.01, 0.03, 0.1], [0.003, 0.01, 0.03, 0.1, 0.3]),
  swept(trajectoryBalance, part),
];

/** The methods of the study of open lists, each over the whole grid of its coefficient. */
export const openListsArms: readonly Arm<TokenSignals>[] = sweeps
  .map(({ full }) => full);

/**
 * The methods at a scale: over the whole grid at `full`, over a part of it at `laptop`; a
 * `smoke` run has two of them, at the ends of the grid.
 */
export function openListsArmsAt(scale: Scale): readonly Arm<TokenSignals>[] {
  if (scale !== "smoke") return sweeps.map((sweep) => sweep[scale]);
  const compared = [free, ours];
  return openListsArms
    .filter(({ method }) => compared.includes(method.name))
    .map(({ method, grid }) => arm(method, [grid[0], grid.at(-1)!]));
}

const titlesOf = titled({
  reward: "mean reward",
  rightEntropy: "entropy of right words (nats)",
  kl: "log p - log pRef of what was drawn (nats)",
  pass16: "pass@16",
  rewardHeldOut: "mean reward, lists held out",
});

const task = "open lists";
const free = "GRPO, exact KL";
const ours = "ADRPO-GRPO, exact KL";

const post = "Post, What happens without regularization";
const atZero = { task, method: free, coefficient: 0 };
const change = (column: string): Claim["measure"] => (rows, at) =>
  lessBySeed(where(atEnd(rows), at), where(atStart(rows), at), column);

const collapse: readonly Claim[] = [{
  claim: "Without regularisation the reward rises",
  quotes: `${post}: "The model is free to do whatever maximizes reward."`,
  statistic: "reward, end less start",
  rule: above(0, { margin: 0.05 }),
  cases: [atZero],
  measure: change("reward"),
}, {
  claim: "Without regularisation nine tenths of the diversity are lost",
  quotes:
    `${post}: "concentrates all probability mass on a narrow region of the output space"`,
  statistic: "effective right answers, end over start",
  rule: below(0.1, { margin: 0.05 }),
  cases: [atZero],
  measure: (rows, at) =>
    pairedBySeed(
      where(atEnd(rows), at),
      where(atStart(rows), at),
      ([end], [start]) => numberOf(end, "answers") / numberOf(start, "answers"),
    ),
}, {
  claim: "Without regularisation the reward on prompts held out falls",
  quotes: 'Post, Why diversity matters: "less likely to generalize"',
  statistic: "reward on lists held out, end less start",
  rule: below(0, { margin: 0.05 }),
  cases: [atZero],
  measure: change("rewardHeldOut"),
}];

/** What one method keeps at equal reward, less what a rival keeps. */
const keepsMore = (
  claim: Pick<Claim, "claim" | "quotes" | "statistic">,
  { column, margin }: { column: string; margin: number },
  rivals: readonly string[],
): Claim => ({
  ...claim,
  rule: above(0, { margin }),
  cases: rivals.map((rival) => ({ task, method: ours, rival })),
  measure: (rows, { method, rival }) => {
    const end = where(atEnd(rows), { task });
    return compareFronts(
      where(end, { method }),
      where(end, { method: rival }),
      { diversity: column, least: 0.02 },
    );
  },
});

/** What is claimed of some of the methods. */
function claimsOn(arms: readonly Arm<TokenSignals>[]): Claim[] {
  const names = arms.map(({ method }) => method.name);
  const all = [
    ...collapse,
    keepsMore(
      {
        claim: "ADRPO keeps more right answers at equal reward than its rival",
        quotes:
          'Post, Cross-domain generality: "provides consistent improvement regardless of the underlying architecture."',
        statistic:
          "effective right answers over the common rewards, less rival",
      },
      { column: "answers", margin: 1 },
      names.filter((name) => name !== ours),
    ),
    keepsMore(
      {
        claim: "ADRPO earns more on prompts held out, at equal reward",
        quotes: 'Post, Why diversity matters: "less likely to generalize"',
        statistic:
          "reward on lists held out over the common rewards, less rival",
      },
      { column: "rewardHeldOut", margin: 0.02 },
      [free, trajectoryBalance.name],
    ),
  ];
  const there = ({ method, rival = method }: Case) =>
    [method, rival].every((name) => names.includes(`${name}`));
  return all.map((claim) => ({ ...claim, cases: claim.cases.filter(there) }))
    .filter(({ cases }) => cases.length > 0);
}

/** What is drawn of some of the methods. */
function chartsOf(
  arms: readonly Arm<TokenSignals>[],
): ReportOptions["charts"] {
  const followed = [free, ours, flipped.name, trajectoryBalance.name];
  const drawn = arms.filter(({ method }) => followed.includes(method.name));
  const methods = drawn.map(({ method }) => method.name);
  // A small one, which all have but in a smoke run.
  const coefficient = drawn.every(({ grid }) => grid.includes(0.1))
    ? 0.1
    : "middle" as const;
  return {
    fronts: (run: Run) =>
      frontsChart(run, {
        y: ["answers", "distinct64"],
        title: "At equal reward, who keeps more right answers?",
      }),
    training: (run: Run) =>
      trainingChart(run, {
        y: titlesOf("reward", "rightEntropy", "kl", "rewardHeldOut"),
        ...{ methods, coefficient },
      }),
    collapse: (run: Run) =>
      trainingChart(run, {
        y: titlesOf("reward", "rightEntropy", "pass16", "rewardHeldOut"),
        ...{ methods: [free], coefficient: 0 },
        title: "Over training, without regularisation",
      }),
  };
}

/** The learning rates that are tried for every method. */
const rates = [2e-3, 4e-3];

/** The settings whose adapters are kept, of the first seed, by the names of their folders. */
export const listAdapters: Readonly<
  Record<
    "free" | "fixed_beta" | "adrpo" | "trajectory_balance",
    { readonly method: string; readonly coefficient: number }
  >
> = {
  free: { method: free, coefficient: 0 },
  fixed_beta: { method: free, coefficient: 0.1 },
  adrpo: { method: ours, coefficient: 0.1 },
  trajectory_balance: { method: "trajectory balance", coefficient: 0.1 },
};

/**
 * The study of open lists: GRPO at beta 0 and at fixed betas under three estimators of
 * the divergence, ADRPO, two clips of it and its flipped sign, an entropy bonus, and a
 * method with another target. The learning rate of each is tuned by one rule.
 *
 * @param model SmolLM2, which stays.
 * @param scale How large it is: `laptop` is what is kept, `full` is for a GPU.
 * @returns What to tune, to run and to report.
 */
export async function openListsStudy(
  model: LanguageModel,
  scale: Scale,
): Promise<TrackStudy<ChunkedSignals>> {
  const at = <T>(values: Record<Scale, T>) => atScale(values, scale);
  const arms = openListsArmsAt(scale);
  const experiment = {
    name: "open_lists",
    scale,
    tasks: [await openListsTask(model)],
    arms,
    seeds: seedList(at({ smoke: 1, laptop: 3, full: 5 })),
    budget: {
      iterations: at({ smoke: 2, laptop: 16, full: 40 }),
      evaluateEvery: at({ smoke: 1, laptop: 8, full: 5 }),
      evaluationSamples: 1,
      perContext: at({ smoke: 4, laptop: 8, full: 16 }),
      updates: 1,
      learningRate: rates[0],
      clipNorm: 1,
      divergedAbove: 1e4,
    },
  };
  return {
    experiment,
    tuning: tuneRate(experiment, rates, "answers"),
    claims: claimsOn(arms),
    charts: chartsOf(arms),
    keep: keepAdapters(listAdapters, "HuggingFaceTB/SmolLM2-135M-Instruct"),
  };
}

/**
 * Ten steps of a larger model on open lists, which show that it learns: GRPO and ADRPO at
 * a middle coefficient, two seeds, no tuning.
 *
 * @param model Qwen2.5-Coder-0.5B, which stays.
 * @param scale How large it is: `laptop` is what is kept.
 * @returns What to run and to report.
 */
export async function qwen2Steps(
  model: LanguageModel,
  scale: Scale,
): Promise<TrackStudy<ChunkedSignals>> {
  const { experiment } = await openListsStudy(model, scale);
  const smoke = scale === "smoke";
  const methods = [grpo(exactTokens), adrpo(exactTokens)];
  return {
    experiment: {
      ...experiment,
      name: "qwen2_steps",
      arms: methods.map((method) => arm(method, [0.1])),
      seeds: smoke ? [0] : [0, 1],
      budget: {
        ...experiment.budget,
        ...{ iterations: smoke ? 1 : 10, evaluateEvery: smoke ? 1 : 5 },
      },
    },
    claims: [{
      claim: "Ten steps raise the reward",
      quotes: "of this kit",
      statistic: "reward, end less start",
      rule: above(0),
      cases: methods.map(({ name: method }) => ({ task, method })),
      measure: change("reward"),
    }],
    charts: {
      training: (run) =>
        trainingChart(run, {
          y: titlesOf("reward", "rightEntropy", "kl"),
          title: "Ten steps of Qwen2.5-Coder-0.5B on open lists",
        }),
    },
  };
}
