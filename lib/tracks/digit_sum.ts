import { digitRows, type DigitSum, digitSum } from "../data/digit_sum.ts";
import { enumerateSequences } from "../data/enumerate_sequences.ts";
import { roughCorpus } from "../data/rough_corpus.ts";
import { type SequenceCorpus } from "../data/sequence_corpus.ts";
import { shortcutCorpus } from "../data/shortcut_corpus.ts";
import { type Task } from "../experiments/experiment.ts";
import { effectiveAnswers } from "../metrics/effective_answers.ts";
import { exactEntropy } from "../metrics/exact_entropy.ts";
import { exactKl } from "../metrics/exact_kl.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { rewardTable } from "../metrics/reward_table.ts";
import { sequenceFrontier } from "../metrics/sequence_frontier.ts";
import { sequenceLogProbs } from "../metrics/sequence_log_probs.ts";
import { gpt } from "../models/gpt.ts";
import { type Params } from "../models/params.ts";
import { loadPretrained } from "../models/pretrained.ts";
import { type TokenModel } from "../models/token_model.ts";
import { askEach, tokenPolicy, type TokenSignals } from "../policies/tokens.ts";
import { type Reward } from "../rewards/reward.ts";
import { shortcutReward } from "../rewards/shortcut_reward.ts";
import { sumReward } from "../rewards/sum_reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { type Row } from "../train/row.ts";

/** The prompts and the answers of the language tasks: digits that sum to a target. */
export const digitSums: DigitSum = digitSum();

/** The language model that they fine-tune. */
export const languageModel: TokenModel = gpt({
  vocabulary: digitSums.vocabulary,
  promptTokens: digitSums.targets.length,
  length: digitSums.length,
  width: 32,
  depth: 1,
  heads: 4,
});

/**
 * What each pretrained policy, `language_rough` and so on, learnt from:
 *
 * - `rough`: answers about right, a sixth of them exactly;
 * - `shortcut`: a third equal digits, worth half, and few right answers;
 * - `stuck`: all but equal digits, which is what a stuck policy writes.
 */
export const languageCorpora: Record<
  "rough" | "shortcut" | "stuck",
  SequenceCorpus
> = {
  rough: roughCorpus(digitSums, { spread: 3 }),
  shortcut: shortcutCorpus(digitSums, { equal: 0.35, right: 0.07 }),
  stuck: shortcutCorpus(digitSums, { equal: 0.95, right: 0.01 }),
};

/** What a task on digit sums starts from, and what it is called. */
export interface SumTaskOptions {
  /** The task's name in rows and files. */
  name: string;
  /** What it is, in a few words; the name when left out. */
  title?: string;
  /** Where training starts; at the reference when left out. The tensors stay. */
  start?: Params;
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
 * @param reference The parameters of {@linkcode languageModel}; they stay.
 * @param options The task's name, and where training starts.
 * @returns The task, whose measures are those of {@linkcode measureSums}. It shows the
 * ten likeliest answers to the first prompt at the end, `{ rank, answer, probability,
 * reward }`. Its frontier has `reward`, `klExact`, `entropy` and `answers` for each
 * lambda.
 * @throws {TypeError} If the reward is no function, or an option has an unknown name.
 *
 * @example
 * ```ts
 * import { disposeParams, loadPretrained, sumTask, sumReward, digitSums } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reference = await loadPretrained("language_rough");
 * const task = sumTask(sumReward(digitSums), reference, { name: "sums" });
 * assertEquals(task.policy.contexts, 4);
 * task.dispose();
 * disposeParams(reference);
 * ```
 */
export function sumTask(
  reward: Reward,
  reference: Params,
  options: SumTaskOptions,
): SumTask {
  if (typeof reward !== "function") {
    throw new TypeError(
      `Expected reward to be a function of completions and contexts, got ${typeof reward}`,
    );
  }
  assertKnown("the options of sumTask", options, ["name", "title", "start"]);
  const { name, title, start = reference } = options;
  const { prompts, length } = digitSums;
  const policy = tokenPolicy({
    model: languageModel,
    reference,
    start,
    prompts,
    length,
  });
  const exact = tf.tidy(() => {
    const rewards = rewardTable(reward, enumerateSequences(digitSums), {
      contexts: prompts.length,
    });
    const logp = exactLogProbs(start);
    return {
      rewards,
      logpRef: tf.squeeze(exactLogProbs(reference), [0]),
      startRewards: tf.squeeze(expectedReward({ logp, rewards }), [0]),
    };
  });
  const { rewards, logpRef, startRewards } = exact;
  return {
    name,
    title,
    policy,
    reward,
    startRewards,
    measure: (params, { coefficient }) =>
      measureSums(params, { rewards, logpRef, beta: coefficient }),
    show: (params, members, { done }) =>
      done ? showAnswers(params, members, rewards) : Promise.resolve([]),
    async frontier() {
      const points = await sequenceFrontier({ logpRef, rewards }, { lambdas });
      return points.map((
        { lambda, reward, kl, entropy, effectiveAnswers },
      ) => ({
        lambda,
        reward,
        klExact: kl,
        entropy,
        answers: effectiveAnswers,
      }));
    },
    dispose: () => tf.dispose(exact),
  };
}

/** Parameters of the pretrained language policies, by name: those of the corpora. */
export async function loadLanguagePolicies(): Promise<
  Record<keyof typeof languageCorpora, Params>
> {
  const [rough, shortcut, stuck] = await Promise.all(
    ["rough", "shortcut", "stuck"]
      .map((name) => loadPretrained(`language_${name}`)),
  );
  return { rough, shortcut, stuck };
}

/** The rewards of the language tasks: the sum alone, and equal digits worth half. */
export const sumRewards: Record<"exact" | "shortcut", Reward> = {
  exact: sumReward(digitSums),
  shortcut: shortcutReward(digitSums),
};

/** The log-probability of every completion, `[M, C, S]`, which the caller disposes. */
function exactLogProbs(params: Params): Tensor {
  const { prompts, length } = digitSums;
  return tf.tidy(() =>
    sequenceLogProbs(languageModel, { params, prompts: askEach(prompts) }, {
      length,
    })
  );
}

/**
 * Measures members exactly, over every completion, mean over contexts.
 *
 * @param params Parameters of M members of {@linkcode languageModel}.
 * @param options The `rewards` of all completions and their log-probabilities under
 * the reference, `logpRef`, `[C, S]`; `beta`, the coefficient of each member, `[M, 1,
 * 1]`.
 * @returns Columns of one value a member, `[M]`, to be disposed by the caller:
 * `reward`, expected; `right`, the probability of a right answer, one of the highest
 * reward; `solved`, the share
 * of contexts where that is more than a half; `entropy`, nats;
 * `answers`, the effective number of different right answers; `klExact`, KL(p |
 * pRef), nats; and `distance`, KL(p | p*), nats, to the optimum p* ∝ pRef exp(r /
 * beta) of the member's own coefficient (`NaN` at 0).
 */
export function measureSums(
  params: Params,
  { rewards, logpRef, beta }: {
    rewards: Tensor;
    logpRef: Tensor;
    beta: Tensor;
  },
): Record<string, Tensor> {
  return tf.tidy(() => {
    const logp = exactLogProbs(params); // [M, C, S]
    const paid = tf.div(rewards, tf.max(rewards)); // 1 for the right answers
    const right = tf.cast(tf.greaterEqual(paid, 1), "float32");
    const rightly = expectedReward({ logp, rewards: right });
    const optimum = tf.logSoftmax(tf.add(logpRef, tf.div(rewards, beta)));
    const perContext = {
      reward: expectedReward({ logp, rewards }),
      right: rightly,
      solved: tf.cast(tf.greater(rightly, 0.5), "float32"),
      entropy: exactEntropy(logp),
      answers: effectiveAnswers({ logp, rewards: paid }, { threshold: 1 }),
      klExact: exactKl({ logp, logpRef }),
      distance: exactKl({ logp, logpRef: optimum }),
    };
    return Object.fromEntries(
      Object.entries(perContext)
        .map(([name, values]) => [name, tf.mean(values, 1)]),
    );
  });
}

/**
 * The likeliest completions of the first context.
 *
 * @param params Parameters of M members.
 * @param members Whose to show.
 * @param rewards Of all completions, `[C, S]`.
 * @returns Rows `{ member, rank, answer, probability, reward }`, ten a member.
 */
async function showAnswers(
  params: Params,
  members: readonly number[],
  rewards: Tensor,
): Promise<Row[]> {
  const { values, indices, paid } = tf.tidy(() => {
    const logp = exactLogProbs(params);
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
  const digits = digitRows(digitSums);
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
