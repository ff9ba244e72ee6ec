import { type Run } from "../experiments/experiment.ts";
import { atScale, type Scale } from "../experiments/scale.ts";
import { seedList } from "../experiments/sweep.ts";
import { exactTokens } from "../methods/families.ts";
import { grpo } from "../methods/fixed_beta.ts";
import { arm } from "../methods/method.ts";
import { type ChunkedSignals } from "../policies/tokens.ts";
import { type Claim } from "../results/claims.ts";
import { trainingChart } from "../results/lines_charts.ts";
import { lessBySeed } from "../results/per_seed.ts";
import { atEnd, atStart, where } from "../results/rows.ts";
import { above } from "../results/rules.ts";
import { loadHeardClips } from "../tracks/spoken_clips.ts";
import { spokenQuestions } from "../tracks/spoken_questions.ts";
import { type SpokenReference } from "../tracks/spoken_reference.ts";
import { workedSumTask } from "../tracks/worked_sums.ts";
import { type TrackStudy } from "./track_study.ts";

const [direct, worked] = ["the answer at once", "the sum first"];
const fixed = grpo(exactTokens);

const paper =
  "ADRPO paper, audio: explicit reasoning helps; R1-AQA (2503.11197): it does not";

const title = "Words before the answer, beta 0 (mean, 95% interval over seeds)";

/** The rows of a task at beta 0, at the start or at the end. */
const atZero = (rows: Run["rows"], when: typeof atEnd, task: string) =>
  where(when(rows), { task, method: fixed.name, coefficient: 0 });

/** A column of the task with words first, less that of the answer at once. */
const wordsLess =
  (when: typeof atEnd, column: string): Claim["measure"] => (rows) =>
    lessBySeed(atZero(rows, when, worked), atZero(rows, when, direct), column);

const claims: readonly Claim[] = [{
  claim: "Words before the answer help a model that is not fine-tuned",
  quotes: paper,
  statistic: "accuracy held out at the start, words first less at once",
  rule: above(0, { margin: 0.05 }),
  cases: [{ task: worked }],
  measure: wordsLess(atStart, "accuracyHeldOut"),
}, {
  claim: "Words before the answer help after fine-tuning",
  quotes: paper,
  statistic: "accuracy held out at the end, words first less at once, beta 0",
  rule: above(0, { margin: 0.05 }),
  cases: [{ task: worked }],
  measure: wordsLess(atEnd, "accuracyHeldOut"),
}, {
  claim: "Fine-tuning on the answer alone keeps the words true",
  quotes: paper,
  statistic:
    "share of answers held out that first write what was said, end less start, beta 0",
  rule: above(0, { margin: 0.05 }),
  cases: [{ task: worked }],
  measure: (rows) =>
    lessBySeed(
      atZero(rows, atEnd, worked),
      atZero(rows, atStart, worked),
      "repeatedHeldOut",
    ),
}];

/**
 * The study of words before an answer: the same spoken sums are answered at once, and
 * after four tokens in which the examples write the sum out. GRPO pays the answer alone.
 *
 * @param reference See {@linkcode loadSpokenReference}; it stays.
 * @param scale How large it is; `laptop` is what is kept.
 * @returns What to run and to report.
 */
export async function workedSumsStudy(
  { base, start }: Pick<SpokenReference, "base" | "start">,
  scale: Scale,
): Promise<TrackStudy<ChunkedSignals>> {
  const at = <T>(values: Record<Scale, T>) => atScale(values, scale);
  const { resultOfSum, workedSum } = spokenQuestions(await loadHeardClips());
  const tasks = [
    workedSumTask(base, resultOfSum, { name: direct, start, wordsFirst: 0 }),
    workedSumTask(base, workedSum, { name: worked, start, wordsFirst: 4 }),
  ];
  return {
    experiment: {
      ...{ name: "worked_sums", scale, tasks },
      arms: [
        arm(fixed, at({ smoke: [0], laptop: [0, 0.04], full: [0, 0.04] })),
      ],
      seeds: seedList(at({ smoke: 1, laptop: 3, full: 5 })),
      budget: {
        iterations: at({ smoke: 1, laptop: 24, full: 48 }),
        evaluateEvery: at({ smoke: 1, laptop: 8, full: 8 }),
        perContext: at({ smoke: 2, laptop: 8, full: 8 }),
        evaluationSamples: at({ smoke: 1, laptop: 4, full: 16 }),
        ...{ updates: 1, learningRate: 1e-3, clipNorm: 1 },
        divergedAbove: 1e4,
      },
    },
    claims,
    charts: {
      training: (run: Run) =>
        trainingChart(run, {
          ...{ coefficient: 0, y: ["accuracy", "accuracyHeldOut"], title },
        }),
      words: (run: Run) =>
        trainingChart(run, {
          ...{ coefficient: 0, tasks: [worked], title },
          y: ["repeated", "repeatedHeldOut"],
        }),
    },
  };
}
