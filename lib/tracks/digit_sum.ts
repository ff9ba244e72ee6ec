import { digitRows, type DigitSum } from "../data/digit_sum.ts";
import { type Task } from "../experiments/experiment.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { type Params } from "../models/params.ts";
import { tokenPolicy, type TokenSignals } from "../policies/tokens.ts";
import { type Reward } from "../rewards/reward.ts";
import { shortcutReward } from "../rewards/shortcut_reward.ts";
import { sumReward } from "../rewards/sum_reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { type Row } from "../train/row.ts";
import {
  digitSums,
  exactLogProbs,
  languageModelOf,
} from "./language_models.ts";
import {
  measureHeldOut,
  measureOptima,
  measureSums,
  tabulate,
} from "./sum_measures.ts";

/** The rewards of the language tasks: the sum alone, and equal digits worth half. */
export const sumRewards: Record<"exact" | "shortcut", Reward> = {
  exact: sumReward(digitSums),
  shortcut: shortcutReward(digitSums),
};

/** What a task on digit sums starts from, and what it is called. */
export interface SumTaskOptions {
  /** The task's name in rows and files. */
  name: string;
  /** What it is, in a few words; the name when left out. */
  title?: string;
  /** Where training starts; at the reference when left out. The tensors stay. */
  start?: Params;
  /** The prompts that are fine-tuned; {@linkcode digitSums} when left out. */
  sums?: DigitSum;
  /** Prompts that are measured and never fine-tuned, and what their answers are paid. */
  heldOut?: { sums: DigitSum; reward: Reward };
}

/** A task on digit sums, which holds tensors of its own. */
export interface SumTask extends Task<TokenSignals> {
  /** Disposes the tensors that the task made; the parameters it was given stay. */
  dispose(): void;
}

const shownAnswers = 10;
const lambdas = [
  Infinity,
  ...Array.from({ length: 40 }, (_, i) => 4 * 0.9 ** i),
];

/**
 * The task of fine-tuning the language model on a reward of three digits. All
 * thousand completions are listed, so that every measure is exact.
 *
 * @param reward The reward, of completions int32 `[M, N, 3]` and their contexts int32
 * `[N]`; the answers of the highest reward, which is positive, are the right ones.
 * @param reference The parameters of {@linkcode languageModel}, of any width; they
 * stay. To ask other prompts it must have been pretrained on them.
 * @param options The task's name, where training starts, which prompts are fine-tuned,
 * and which are held out.
 * @returns The task, whose measures are those of {@linkcode measureSums}, and each
 * mean of them over the prompts held out, with `HeldOut` after its name. It shows the
 * ten likeliest answers to the first prompt at the end, `{ rank, answer, probability,
 * reward }`. Its frontier has, for each lambda, the same means of the exact optimum,
 * but for `distance`.
 * @throws {TypeError} If the reward is no function, or an option has an unknown name.
 * @throws {RangeError} If the reference does not read the prompts.
 *
 * @example
 * ```ts
 * import { digitSumOf, disposeParams, loadPretrained, sumReward, sumTask } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reference = await loadPretrained("language_sums");
 * const [sums, heldOut] = [digitSumOf([4, 13]), digitSumOf([1, 8, 20])];
 * const task = sumTask(sumReward(sums), reference, {
 *   name: "two of five sums",
 *   sums,
 *   heldOut: { sums: heldOut, reward: sumReward(heldOut) },
 * });
 * assertEquals(task.policy.contexts, 2);
 * task.dispose();
 * disposeParams(reference);
 * ```
 */
export function sumTask(
  reward: Reward,
  reference: Params,
  options: SumTaskOptions,
): SumTask {
  assertReward("reward", reward);
  if (options.heldOut) assertReward("heldOut.reward", options.heldOut.reward);
  assertKnown("the options of sumTask", options, [
    ...["name", "title", "start", "sums", "heldOut"],
  ]);
  const { name, title, start = reference, sums = digitSums, heldOut } = options;
  const { prompts, length } = sums;
  const policy = tokenPolicy({
    model: languageModelOf(reference, sums),
    ...{ reference, start, prompts, length },
  });
  const trained = tabulate(reward, reference, sums);
  const others = heldOut && tabulate(heldOut.reward, reference, heldOut.sums);
  const startRewards = tf.tidy(() => {
    const logp = exactLogProbs(start, sums);
    return tf.squeeze(expectedReward({ logp, rewards: trained.rewards }), [0]);
  });
  return {
    name,
    title,
    policy,
    reward,
    startRewards,
    measure: (params, { coefficient: beta }) => ({
      ...measureSums(params, { ...trained, beta, sums }),
      ...others &&
        measureHeldOut(params, { ...others, beta, sums: heldOut?.sums }),
    }),
    show: (params, members, { done }) =>
      done
        ? showAnswers(params, members, { rewards: trained.rewards, sums })
        : Promise.resolve([]),
    frontier: () => measureOptima(trained, lambdas),
    dispose: () => tf.dispose([{ ...trained }, { ...others }, startRewards]),
  };
}

/** Checks that a reward is a function. */
function assertReward(name: string, reward: Reward): void {
  if (typeof reward !== "function") {
    throw new TypeError(
      `Expected ${name} to be a function of completions and contexts, got ${typeof reward}`,
    );
  }
}

/**
 * The likeliest completions of the first context.
 *
 * @param params Parameters of M members.
 * @param members Whose to show.
 * @param options The `rewards` of all completions, `[C, S]`, and the prompts.
 * @returns Rows `{ member, rank, answer, probability, reward }`, ten a member.
 */
async function showAnswers(
  params: Params,
  members: readonly number[],
  { rewards, sums }: { rewards: Tensor; sums: DigitSum },
): Promise<Row[]> {
  const { values, indices, paid } = tf.tidy(() => {
    const logp = exactLogProbs(params, sums);
    const [count, , sequences] = logp.shape;
    const first = tf.reshape(tf.slice(logp, [0, 0, 0], [count, 1, sequences]), [
      count,
      sequences,
    ]);
    const { values, indices } = tf.topk(tf.exp(first), shownAnswers);
    const [paidByFirst] = tf.unstack(rewards);
    return { values, indices, paid: tf.gather(paidByFirst, indices) };
  });
  const [probabilities, answers, paidEach] = await Promise.all(
    [values, indices, paid].map((t) => t.array() as Promise<number[][]>),
  );
  tf.dispose([values, indices, paid]);
  const digits = digitRows(sums);
  return members.flatMap((member) =>
    answers[member].map((answer, rank) => ({
      member,
      rank: rank + 1,
      answer: digits[answer].join(" "),
      probability: probabilities[member][rank],
      reward: paidEach[member][rank],
    }))
  );
}
