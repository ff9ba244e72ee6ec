import { type DigitSum } from "../data/digit_sum.ts";
import { enumerateSequences } from "../data/enumerate_sequences.ts";
import { columnsToRows } from "../experiments/columns.ts";
import { effectiveAnswers } from "../metrics/effective_answers.ts";
import { exactEntropy } from "../metrics/exact_entropy.ts";
import { exactKl } from "../metrics/exact_kl.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { distinctAnswers, passAtK } from "../metrics/pass_at_k.ts";
import { rewardTable } from "../metrics/reward_table.ts";
import { tiltedSequences } from "../metrics/tilted_sequences.ts";
import { type Params } from "../models/params.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { heldOutColumns } from "./held_out.ts";
import { digitSums, exactLogProbs } from "./language_models.ts";

/** What is known of all S completions to each of C prompts. */
export interface Completions {
  /** Their rewards, `[C, S]`; those of the highest are the right ones. */
  rewards: Tensor;
  /** Their log-probabilities under the reference, `[C, S]`, in nats. */
  logpRef: Tensor;
}

/** Tabulates completions; the caller disposes the tensors. */
export function tabulate(
  reward: Reward,
  reference: Params,
  sums: DigitSum,
): Completions {
  return tf.tidy(() => ({
    rewards: rewardTable(reward, enumerateSequences(sums), {
      contexts: sums.prompts.length,
    }),
    logpRef: tf.squeeze(exactLogProbs(reference, sums), [0]),
  }));
}

/**
 * Measures policies over every completion, each prompt on its own, `[M, C]`.
 *
 * @param logp Log-probabilities of all completions, `[M, C, S]`.
 * @param completions Their rewards, and the reference.
 * @returns Values by name, as {@linkcode measureSums} describes their means.
 */
function measureCompletions(
  logp: Tensor,
  { rewards, logpRef }: Completions,
): Record<string, Tensor> {
  const paid = tf.div(rewards, tf.max(rewards)); // 1 for the right answers
  const isRight = tf.cast(tf.greaterEqual(paid, 1), "float32");
  const right = expectedReward({ logp, rewards: isRight });
  const pass = (draws: number) => passAtK(right, { draws });
  const distinct = (draws: number) =>
    distinctAnswers({ logp, right: isRight }, { draws });
  return {
    reward: expectedReward({ logp, rewards }),
    right,
    solved: tf.cast(tf.greater(right, 0.5), "float32"),
    entropy: exactEntropy(logp),
    answers: effectiveAnswers({ logp, rewards: paid }, { threshold: 1 }),
    klExact: exactKl({ logp, logpRef }),
    ...{ pass1: pass(1), pass4: pass(4), pass16: pass(16) },
    ...{ distinct4: distinct(4), distinct16: distinct(16) },
  };
}

/** What members are measured on. */
export interface MeasuredSums extends Completions {
  /** The coefficient of each member, `[M, 1, 1]`. */
  beta: Tensor;
  /** The prompts; {@linkcode digitSums} when left out. */
  sums?: DigitSum;
}

/** The same of members, with the distance to the optimum of their own coefficient. */
function measureMembers(
  params: Params,
  { rewards, logpRef, beta, sums = digitSums }: MeasuredSums,
): Record<string, Tensor> {
  const logp = exactLogProbs(params, sums); // [M, C, S]
  const optimum = tf.logSoftmax(tf.add(logpRef, tf.div(rewards, beta)));
  return {
    ...measureCompletions(logp, { rewards, logpRef }),
    distance: exactKl({ logp, logpRef: optimum }),
  };
}

/**
 * Measures members exactly, over every completion.
 *
 * @param params Parameters of M members of a language model of digit sums.
 * @param options The `rewards` of all completions and their log-probabilities under
 * the reference, `logpRef`, `[C, S]`; `beta`, the coefficient of each member, `[M, 1,
 * 1]`; the prompts, `sums`.
 * @returns Columns of one value a member, `[M]`, to be disposed by the caller. Means
 * over prompts: `reward`, expected; `right`, the probability of a right answer, one of
 * the highest reward; `solved`, the share of prompts where that is more than a half;
 * `pass1`, `pass4`, `pass16`, the chance that one of as many draws is right
 * ({@linkcode passAtK}); `distinct4`, `distinct16`, how many different right answers
 * as many draws hold ({@linkcode distinctAnswers}); `entropy`, nats; `answers`, the
 * effective number of different right answers; `klExact`, KL(p | pRef), nats; and
 * `distance`, KL(p | p*), nats, to the optimum p* ∝ pRef exp(r / beta) of the member's
 * own coefficient (`NaN` at 0). And of each prompt c, from 0: `right0`, `solved0`,
 * `answers0`, `kl0`.
 */
export function measureSums(
  params: Params,
  options: MeasuredSums,
): Record<string, Tensor> {
  return tf.tidy(() => {
    const values = measureMembers(params, options);
    const { right, solved, answers, klExact: kl } = values;
    const each = Object.entries({ right, solved, answers, kl })
      .flatMap(([name, value]) =>
        tf.unstack(value, 1).map((column, c) => [`${name}${c}`, column])
      );
    return { ...overPrompts(values), ...Object.fromEntries(each) };
  });
}

/** The means of {@linkcode measureSums}, with `HeldOut` after each name. */
export function measureHeldOut(
  params: Params,
  options: MeasuredSums,
): Record<string, Tensor> {
  return tf.tidy(() =>
    heldOutColumns(overPrompts(measureMembers(params, options)))
  );
}

/** The mean of each value over prompts, `[M]`. */
function overPrompts(values: Record<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, tf.mean(value, 1)]),
  );
}

/**
 * The exact optima p* ∝ pRef exp(r / lambda), measured as policies are: whether they
 * have many right answers or few is a fact about the objective, and not about training.
 *
 * @param completions The rewards and the reference.
 * @param lambdas Weights of the KL divergence, each positive.
 * @returns A row for each: `lambda`, and the means of {@linkcode measureSums} but for
 * the distance.
 */
export async function measureOptima(
  completions: Completions,
  lambdas: readonly number[],
): Promise<Row[]> {
  const columns = tf.tidy(() =>
    overPrompts(
      measureCompletions(
        tiltedSequences(completions, { lambdas }),
        completions,
      ),
    )
  );
  const rows = await columnsToRows(columns);
  return rows.map(({ member: _, ...row }, i) => ({
    lambda: lambdas[i],
    ...row,
  }));
}
