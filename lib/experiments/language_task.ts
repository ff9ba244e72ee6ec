import { enumerateSequences } from "../data/enumerate_sequences.ts";
import { digitRows } from "../data/digit_sum.ts";
import { effectiveAnswers } from "../metrics/effective_answers.ts";
import { exactEntropy } from "../metrics/exact_entropy.ts";
import { exactKl } from "../metrics/exact_kl.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { rewardTable } from "../metrics/reward_table.ts";
import { sequenceLogProbs } from "../metrics/sequence_log_probs.ts";
import { type Params } from "../models/params.ts";
import { type Reward } from "../rewards/reward.ts";
import { shortcutReward } from "../rewards/shortcut_reward.ts";
import { sumReward } from "../rewards/sum_reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { digitSumTask, languageModel } from "./language_models.ts";
import { loadPretrained } from "./pretrained.ts";
import { type LanguagePolicy, promptTokens } from "./online_language.ts";

/** A pretrained policy, a reward, where training starts, and all that is exact of it. */
export interface LanguageTask {
  /** The task's name, as tables show it. */
  name: string;
  policy: LanguagePolicy;
  reward: Reward;
  /** The parameters that training starts from, of one member. */
  start: Params;
  /** The reward of each of the S completions in each context, `[C, S]`. */
  rewards: Tensor;
  /** Their log-probabilities under the reference, `[C, S]`, in nats. */
  logpRef: Tensor;
}

const shownAnswers = 10;

/**
 * Digits that sum to the target, from a policy that answers about right.
 *
 * @returns The task; {@linkcode disposeTask} disposes it.
 */
export async function sumTask(): Promise<LanguageTask> {
  const reference = await loadPretrained("language_rough");
  return makeTask("digit sum", {
    reference,
    start: reference,
    reward: sumReward(digitSumTask),
  });
}

/**
 * The same with an easy way out: equal digits pay half, and the reference writes
 * them often and right answers rarely.
 *
 * @param start Where training starts: at the `reference`, or from a policy that is
 * already `stuck` at equal digits. The reference is the same for both.
 * @returns The task; {@linkcode disposeTask} disposes it.
 */
export async function shortcutTask(
  start: "reference" | "stuck",
): Promise<LanguageTask> {
  const reference = await loadPretrained("language_shortcut");
  return makeTask(`from the ${start} policy`, {
    reference,
    start: start === "stuck"
      ? await loadPretrained("language_stuck")
      : reference,
    reward: shortcutReward(digitSumTask),
  });
}

function makeTask(
  name: string,
  { reference, start, reward }: {
    reference: Params;
    start: Params;
    reward: Reward;
  },
): LanguageTask {
  const { prompts, length } = digitSumTask;
  const policy = { model: languageModel, reference, prompts, length };
  const { rewards, logpRef } = tf.tidy(() => ({
    rewards: rewardTable(reward, enumerateSequences(digitSumTask), {
      contexts: prompts.length,
    }),
    logpRef: tf.squeeze(exactLogProbs(policy, reference), [0]),
  }));
  return { name, policy, reward, start, rewards, logpRef };
}

/** Disposes the tensors of a task. */
export function disposeTask(
  { policy, start, rewards, logpRef }: LanguageTask,
): void {
  tf.dispose([policy.reference, start, rewards, logpRef]);
}

/** The log-probability of every completion, `[M, C, S]`, which the caller disposes. */
export function exactLogProbs(
  { model, prompts, length }: LanguagePolicy,
  params: Params,
): Tensor {
  return tf.tidy(() =>
    sequenceLogProbs(model, { params, prompts: promptTokens(prompts) }, {
      length,
    })
  );
}

/**
 * Measures members exactly, over every completion, mean over contexts.
 *
 * @param task The task.
 * @param params Parameters of M members.
 * @param options `beta`, the coefficient of each member, `[M, 1, 1]`.
 * @returns Columns of one value a member, `[M]`, to be disposed by the caller:
 * `reward`, expected; `right`, the probability of a reward of 1; `solved`, the share
 * of contexts where that is more than a half; `entropy`, nats;
 * `answers`, the effective number of different right answers; `klExact`, KL(p |
 * pRef), nats; and `distance`, KL(p | p*), nats, to the optimum p* ∝ pRef exp(r /
 * beta) of the member's own coefficient (`NaN` at 0).
 */
export function measureLanguage(
  { policy, rewards, logpRef }: LanguageTask,
  params: Params,
  { beta }: { beta: Tensor },
): Record<string, Tensor> {
  return tf.tidy(() => {
    const logp = exactLogProbs(policy, params); // [M, C, S]
    const right = tf.cast(tf.greaterEqual(rewards, 1), "float32");
    const rightly = expectedReward({ logp, rewards: right });
    const optimum = tf.logSoftmax(tf.add(logpRef, tf.div(rewards, beta)));
    const perContext = {
      reward: expectedReward({ logp, rewards }),
      right: rightly,
      solved: tf.cast(tf.greater(rightly, 0.5), "float32"),
      entropy: exactEntropy(logp),
      answers: effectiveAnswers({ logp, rewards }, { threshold: 1 }),
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
 * @param task The task.
 * @param params Parameters of M members.
 * @param members Whose to show.
 * @returns Rows `{ member, rank, answer, probability, reward }`, ten a member.
 */
export async function showAnswers(
  { policy, rewards }: LanguageTask,
  params: Params,
  members: readonly number[],
): Promise<Row[]> {
  const { values, indices, paid } = tf.tidy(() => {
    const logp = exactLogProbs(policy, params);
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
  const digits = digitRows(digitSumTask);
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
