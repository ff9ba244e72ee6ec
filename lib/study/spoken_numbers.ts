import { type Experiment, type Run } from "../experiments/experiment.ts";
import { atScale, type Scale } from "../experiments/scale.ts";
import { seedList } from "../experiments/sweep.ts";
import { adrpo, clippedAdrpo } from "../methods/adrpo.ts";
import { adrpoControls } from "../methods/adrpo_controls.ts";
import { exactTokens } from "../methods/families.ts";
import { grpo } from "../methods/fixed_beta.ts";
import { type Arm, arm } from "../methods/method.ts";
import { type ChunkedSignals, type TokenSignals } from "../policies/tokens.ts";
import { type Claim } from "../results/claims.ts";
import { frontsChart } from "../results/fronts_chart.ts";
import { sweepChart, trainingChart } from "../results/lines_charts.ts";
import { eachSeed, lessBySeed } from "../results/per_seed.ts";
import { type ReportOptions } from "../results/report.ts";
import { atEnd, atStart, numberOf, where } from "../results/rows.ts";
import { above, below } from "../results/rules.ts";
import { answersChart } from "../results/shown_charts.ts";
import { compareFronts } from "../results/sweeps.ts";
import { type HeardClip, loadHeardClips } from "../tracks/spoken_clips.ts";
import { type SpokenTask, spokenTask } from "../tracks/spoken_numbers.ts";
import {
  type SpokenQuestion,
  spokenQuestions,
} from "../tracks/spoken_questions.ts";
import { type SpokenReference } from "../tracks/spoken_reference.ts";
import { keepAdapters } from "./keep_adapters.ts";
import { type TrackStudy } from "./track_study.ts";

const [number, sum] = ["sums of a number", "result of a sum"];

const fixed = grpo(exactTokens);
const plain = adrpo(exactTokens);
const clipped = [0.5, 1, 2].map((k) => clippedAdrpo(exactTokens, k));
const [flipped] = adrpoControls(exactTokens);

/** The coefficient of the paper's audio runs. */
const published = 0.04;
const betas = [published, 0.2, 0.6, 1, 2];

/**
 * GRPO, ADRPO with the clips of the paper's audio runs and, on the first task, as it is
 * and with its sign flipped, each over a grid of its coefficient.
 */
export const spokenArms: readonly Arm<TokenSignals>[] = [
  arm(fixed, [0, ...betas]),
  ...clipped.map((method) => arm(method, betas)),
  ...[plain, flipped].map((method) => arm(method, betas, { on: [number] })),
];

/** The tasks: the first is asked of the model that was taught, the second of the base. */
function tasksOf(
  { model, base, start }: SpokenReference,
  clips: readonly HeardClip[],
  scale: Scale,
): SpokenTask[] {
  const { sumsOfNumber, resultOfSum } = spokenQuestions(clips);
  const asked = (question: SpokenQuestion) =>
    scale === "smoke"
      ? {
        ...question,
        clips: question.clips.slice(0, 2),
        heldOut: question.heldOut.slice(0, 2),
      }
      : question;
  return [
    spokenTask(model, asked(sumsOfNumber), {
      ...{ name: number, title: "any sum of a spoken number", start },
    }),
    spokenTask(base, asked(resultOfSum), {
      ...{ name: sum, title: "the result of a spoken sum", start },
    }),
  ];
}

/** Every method on both tasks over its grid; smaller scales are parts of it. */
function experimentOf(
  tasks: readonly SpokenTask[],
  scale: Scale,
): Experiment<ChunkedSignals> {
  const at = <T>(values: Record<Scale, T>) => atScale(values, scale);
  const kept = [0, published, 0.6, 2];
  return {
    ...{ name: "spoken_numbers", scale, tasks },
    arms: spokenArms.map((arm) => ({
      ...arm,
      grid: at({
        smoke: arm.grid.slice(0, 2),
        laptop: arm.grid.filter((value) => kept.includes(value)),
        full: arm.grid,
      }),
    })),
    seeds: seedList(at({ smoke: 1, laptop: 3, full: 5 })),
    budget: {
      iterations: at({ smoke: 1, laptop: 25, full: 40 }),
      evaluateEvery: at({ smoke: 1, laptop: 5, full: 5 }),
      perContext: at({ smoke: 2, laptop: 8, full: 8 }),
      ...{ updates: 1, learningRate: 1e-3, clipNorm: 1 },
      ...{ evaluationSamples: 1, divergedAbove: 1e4 },
    },
  };
}

const post = "Post, The Diversity Collapse Problem";
const paper =
  "ADRPO paper, audio reasoning: beta0 0.04, clips at 0.5, 1, 2 beta0";

/** How far a column goes from the start to the end at beta 0, seed by seed. */
const change = (column: string): Claim["measure"] => (rows, { task }) => {
  const own = where(rows, { task, method: fixed.name, coefficient: 0 });
  return lessBySeed(atEnd(own), atStart(own), column);
};

/** A column of a method less that of GRPO, both at the published coefficient. */
const atPublished =
  (column: string): Claim["measure"] => (rows, { task, method }) => {
    const of = (name: string | number) =>
      where(atEnd(rows), { task, method: name, coefficient: published });
    return lessBySeed(of(method), of(fixed.name), column);
  };

const atEqualReward: Claim["measure"] = (rows, { task, method, rival }) =>
  compareFronts(
    where(atEnd(rows), { task, method }),
    where(atEnd(rows), { task, method: rival }),
    { diversity: "answers" },
  );

const clipCases = (task: string) =>
  clipped.map(({ name }) => ({ task, method: name }));

const collapse: Claim[] = [{
  claim: "Without regularisation the reward rises",
  quotes: `${post}: "the model is free to do whatever maximizes reward"`,
  statistic:
    "probability of a right answer at the end less at the start, beta 0",
  rule: above(0),
  cases: [{ task: number }, { task: sum }],
  measure: change("reward"),
}, {
  claim: "Without regularisation the policy ends at a single answer",
  quotes: `${post}: "The equilibrium is a delta distribution"`,
  statistic: "effective right answers at the end, beta 0",
  rule: below(1.5),
  cases: [{ task: number }],
  measure: (rows, { task }) =>
    eachSeed(
      where(atEnd(rows), { task, method: fixed.name, coefficient: 0 }),
      ([end]) => numberOf(end, "answers"),
    ),
}];

/** What is no difference: set after the rows were seen, which the notebook says. */
const margins = { answers: 0.25, reward: 0.02, accuracy: 0.05 } as const;

const rivals: Claim[] = [{
  claim: "ADRPO keeps more right answers at equal reward than a fixed beta",
  quotes:
    'Post, The Fixed-β Dilemma: "no single value of β is optimal for all samples"',
  statistic: "effective right answers over the common rewards, less GRPO",
  rule: above(0, { margin: margins.answers }),
  cases: [plain, ...clipped].map(({ name }) => ({
    ...{ task: number, method: name, rival: fixed.name },
  })),
  measure: atEqualReward,
}, {
  claim: "The sign of the adaptation is what keeps right answers",
  quotes: 'Post, Core idea: "High-quality samples get less regularization"',
  statistic: "effective right answers over the common rewards, less flipped",
  rule: above(0, { margin: margins.answers }),
  cases: [{ task: number, method: plain.name, rival: flipped.name }],
  measure: atEqualReward,
}];

const asPublished: Claim[] = [{
  claim: "As published, ADRPO keeps more right answers than a fixed beta",
  quotes: paper,
  statistic: "effective right answers less those of GRPO, both at 0.04",
  rule: above(0, { margin: margins.answers }),
  cases: clipCases(number),
  measure: atPublished("answers"),
}, {
  claim: "As published, ADRPO earns more than a fixed beta",
  quotes: paper,
  statistic: "probability of a right answer less that of GRPO, both at 0.04",
  rule: above(0, { margin: margins.reward }),
  cases: [...clipCases(number), ...clipCases(sum)],
  measure: atPublished("reward"),
}];

const heldOut: Claim[] = [{
  claim: "Training helps new voices, sums and phrasings too",
  quotes: 'Post, Why diversity matters: "Generalization"',
  statistic: "accuracy held out at the end less at the start, beta 0",
  rule: above(0, { margin: margins.accuracy }),
  cases: [{ task: sum }],
  measure: change("accuracyHeldOut"),
}, {
  claim: "As published, ADRPO is more accurate held out than a fixed beta",
  quotes: paper,
  statistic: "accuracy held out less that of GRPO, both at 0.04",
  rule: above(0, { margin: margins.accuracy }),
  cases: clipCases(sum),
  measure: atPublished("accuracyHeldOut"),
}, {
  claim: "Without regularisation the model becomes overconfident",
  quotes: `${post}: "concentrates all probability mass on a narrow region"`,
  statistic:
    "probability of the likeliest answer less accuracy, held out, end less start, beta 0",
  rule: above(0, { margin: margins.accuracy }),
  cases: [{ task: sum }],
  measure: change("overconfidenceHeldOut"),
}, {
  claim: "As published, ADRPO is less overconfident than a fixed beta",
  quotes: paper,
  statistic:
    "probability of the likeliest answer less accuracy, held out, less that of GRPO, both at 0.04",
  rule: below(0, { margin: margins.accuracy }),
  cases: clipCases(sum),
  measure: atPublished("overconfidenceHeldOut"),
}];

const claims: readonly Claim[] = [
  ...[...collapse, ...rivals, ...asPublished, ...heldOut],
];

const charts: ReportOptions["charts"] = {
  fronts: (run: Run) =>
    frontsChart(run, { tasks: [number], y: ["answers", "entropy"] }),
  training: (run: Run) =>
    trainingChart(run, {
      ...{ tasks: [number], y: ["reward", "answers"] },
    }),
  collapse: (run: Run) =>
    trainingChart(run, {
      ...{ tasks: [number], methods: [fixed.name], coefficient: 0 },
      y: ["reward", "answers", "rewardHeldOut", "answersHeldOut"],
      title: "Without regularisation (mean, 95% interval over seeds)",
    }),
  answers: (run: Run) =>
    answersChart(run, {
      tasks: [number],
      methods: [fixed, plain, flipped].map(({ name }) => name),
    }),
  held_out: (run: Run) =>
    sweepChart(run, {
      tasks: [sum],
      y: ["rewardHeldOut", "accuracyHeldOut", "overconfidenceHeldOut"],
    }),
};

/** The settings whose adapters are kept, of the first seed, by the names of their folders. */
export const spokenAdapters: Readonly<
  Record<string, { task: string; method: string; coefficient: number }>
> = {
  free: { task: number, method: fixed.name, coefficient: 0 },
  fixed_beta: { task: number, method: fixed.name, coefficient: 0.6 },
  adrpo: { task: number, method: plain.name, coefficient: 0.6 },
};

/**
 * The study on spoken numbers: GRPO at beta 0 and at fixed betas, ADRPO as it is and with
 * the clips of the paper's audio runs, and its sign flipped.
 *
 * @param reference See {@linkcode loadSpokenReference}; it stays.
 * @param scale How large it is; `laptop` is what is kept, `full` is for a GPU.
 * @returns What to run and to report. All methods have one learning rate.
 */
export async function spokenNumbersStudy(
  reference: SpokenReference,
  scale: Scale,
): Promise<TrackStudy<ChunkedSignals>> {
  const tasks = tasksOf(reference, await loadHeardClips(), scale);
  return {
    experiment: experimentOf(tasks, scale),
    ...{ claims, charts, keep: keepAdapters(spokenAdapters) },
  };
}
