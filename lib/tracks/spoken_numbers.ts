import { columnsToRows } from "../experiments/columns.ts";
import { type Task } from "../experiments/experiment.ts";
import { effectiveAnswers } from "../metrics/effective_answers.ts";
import { exactEntropy } from "../metrics/exact_entropy.ts";
import { exactKl } from "../metrics/exact_kl.ts";
import { expectedReward } from "../metrics/expected_reward.ts";
import { distinctAnswers } from "../metrics/pass_at_k.ts";
import { tiltedSequences } from "../metrics/tilted_sequences.ts";
import { mapParams, type Params } from "../models/params.ts";
import { languagePolicy } from "../policies/language.ts";
import { type ChunkedSignals } from "../policies/tokens.ts";
import {
  answerTrees,
  listLogProbs,
} from "../pretrained/language/answer_trees.ts";
import {
  type LanguageModel,
  withHeard,
} from "../pretrained/language/language_model.ts";
import { padPrompts } from "../pretrained/language/prompts.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { type Row } from "../train/row.ts";
import { meansOver, ownAndHeldOut } from "./held_out.ts";
import { askQuestion, type SpokenQuestion } from "./spoken_questions.ts";

/** What a task on clips is called, and where training starts. */
export interface SpokenTaskOptions {
  /** The task's name in rows and files. */
  name: string;
  /** What it is, in a few words; the name when left out. */
  title?: string;
  /** The adapters that training starts from, of one member; they stay. */
  start: Params;
}

/** A task on clips, which holds tensors of its own. */
export interface SpokenTask extends Task<ChunkedSignals> {
  /** Disposes the tensors that the task made. */
  dispose(): void;
}

const shownAnswers = 10;
const draws = 8;
const lambdas = [
  Infinity,
  ...Array.from({ length: 40 }, (_, i) => 4 * 0.9 ** i),
];

/**
 * The task of fine-tuning a language model on what it hears: the prompt is what was
 * heard, and `=`. A right answer pays 1, any other 0.
 *
 * All answers are scored by teacher forcing, so that each measure is exact; whatever is
 * none of them is counted as one more answer, a wrong one.
 *
 * @param model The language model with its tokenizer, which is the reference; it stays.
 * @param question The clips and the answers; see {@linkcode spokenQuestions}.
 * @param options The task's name, and where training starts.
 * @returns The task. Its measures are means over the clips: `reward`, the probability of
 * a right answer; `entropy`, nats; `answers`, the effective number of different right
 * answers; `distinct8`, how many different right answers 8 draws hold; `klExact`, nats;
 * `accuracy`, the share of clips whose likeliest answer is right; and `overconfidence`,
 * the probability of the likeliest answer less that share. Each is measured on the clips
 * held out too, with `HeldOut` after its name. The task shows the ten likeliest answers
 * to its first clip at the end, and its frontier has, for each lambda, the same of the
 * exact optimum.
 * @throws {TypeError} If the model has no tokenizer, or an option has an unknown name.
 * @throws {RangeError} If the question cannot be asked: see {@linkcode SpokenQuestion}.
 *
 * @example
 * ```ts ignore
 * import { loadHeardClips, loadSpokenReference, spokenQuestions, spokenTask } from "kit";
 *
 * const { model, start } = await loadSpokenReference(pathOfSmolLM2);
 * const { sumsOfNumber } = spokenQuestions(await loadHeardClips());
 * const task = spokenTask(model, sumsOfNumber, { name: "sums of a number", start });
 * ```
 */
export function spokenTask(
  model: LanguageModel,
  question: SpokenQuestion,
  options: SpokenTaskOptions,
): SpokenTask {
  assertKnown("the options of spokenTask", options, ["name", "title", "start"]);
  const { name, title, start } = options;
  const { heard, prompts, answers, right } = askQuestion(model, question);
  const listening = withHeard(model, heard);
  const count = question.clips.length;
  const trained = padPrompts(prompts.slice(0, count));
  const listOf = (prompts: number[][]) => ({
    prompts: padPrompts(prompts),
    trees: answerTrees(prompts.map(() => answers)),
  });
  const [list, first] = [prompts, prompts.slice(0, 1)].map(listOf);
  const logProbs = (params?: Params) =>
    withOther(listLogProbs(listening, list, params));
  const known = tf.tidy(() => ({
    logpRef: tf.squeeze(logProbs(), [0]) as Tensor,
    rewards: tf.tensor2d(right.map((row) => [...row, 0])) as Tensor,
  }));
  const own = tf.tidy(() => ({
    logpRef: tf.slice(known.logpRef, 0, count),
    rewards: tf.slice(known.rewards, 0, count),
  }));
  const startRewards = tf.tidy(() => {
    const logp = tf.squeeze(tf.slice(logProbs(start), [0, 0], [1, count]), [0]);
    return expectedReward({ logp: logp as Tensor, rewards: own.rewards });
  });
  return {
    ...{ name, title, startRewards },
    policy: languagePolicy({
      ...{ model: listening, prompts: trained, start },
      maxTokens: answers[0].length,
    }),
    reward: rewardOfAnswers(answers, own.rewards),
    measure: (params) =>
      tf.tidy(() =>
        ownAndHeldOut(measureAnswers(logProbs(params), known), count)
      ),
    show: (params, members, { done }) => {
      if (!done) return Promise.resolve([]);
      const logp = tf.tidy(() => {
        const at = tf.tensor1d([...members], "int32");
        const shown = mapParams(params, (values) => tf.gather(values, at));
        return withOther(listLogProbs(listening, first, shown));
      });
      return answersOf(logp, members, { ...question, right: right[0] });
    },
    frontier: () => measureOptima(own),
    dispose: () =>
      tf.dispose([
        heard,
        trained,
        list,
        first,
        { ...known },
        { ...own },
        startRewards,
      ]),
  };
}

/** Adds what is no answer of the list as one answer more: `[M, C, A]` to `[M, C, A + 1]`. */
function withOther(logp: Tensor): Tensor {
  const share = tf.sub(1, tf.sum(tf.exp(logp), -1, true));
  return tf.concat([logp, tf.log(tf.maximum(share, 1e-9))], -1);
}

/** What is known of the answers to C clips. */
interface KnownAnswers {
  /** 1 for the right ones, 0 for the others, `[C, A]`. */
  rewards: Tensor;
  /** Their log-probabilities under the reference, `[C, A]`, in nats. */
  logpRef: Tensor;
}

/** Measures policies on each clip, `[M, C]`, from log-probabilities `[M, C, A]`. */
function measureAnswers(
  logp: Tensor,
  { rewards, logpRef }: KnownAnswers,
): Record<string, Tensor> {
  const size = logp.shape.at(-1)!;
  const likeliest = tf.oneHot(tf.argMax(logp, -1) as Tensor, size);
  const accuracy = tf.sum(tf.mul(likeliest, rewards), -1);
  return {
    reward: expectedReward({ logp, rewards }),
    entropy: exactEntropy(logp),
    answers: effectiveAnswers({ logp, rewards }, { threshold: 1 }),
    [`distinct${draws}`]: distinctAnswers({ logp, right: rewards }, { draws }),
    klExact: exactKl({ logp, logpRef }),
    accuracy,
    overconfidence: tf.sub(tf.exp(tf.max(logp, -1)), accuracy),
  };
}

/** Pays what an answer `[T]` of a list pays after a clip, `[C, A + 1]`, and else nothing. */
function rewardOfAnswers(answers: number[][], rewards: Tensor): Reward {
  return (drawn, c) =>
    tf.tidy(() => {
      const known = tf.tensor2d(answers, undefined, "int32");
      const equal = tf.equal(tf.expandDims(drawn, 2), known); // [M, N, A, T]
      const same = tf.min(tf.cast(equal, "float32"), -1);
      const paid = tf.slice(rewards, [0, 0], [-1, answers.length]);
      // Not gathered: the native kernel reads the indices back.
      const asked = tf.cast(tf.oneHot(c, rewards.shape[0]), "float32");
      return tf.sum(tf.mul(same, tf.matMul(asked, paid)), -1);
    });
}

/** The likeliest answers to one clip: `{ member, rank, answer, probability, reward }`. */
async function answersOf(
  logp: Tensor,
  members: readonly number[],
  { answers, right }: { answers: readonly string[]; right: readonly number[] },
): Promise<Row[]> {
  const all = await logp.array() as number[][][];
  logp.dispose();
  const names = [...answers, "any other"];
  return members.flatMap((member, place) =>
    all[place][0]
      .map((logp, i) => ({ answer: names[i], logp, reward: right[i] ?? 0 }))
      .sort((a, b) => b.logp - a.logp)
      .slice(0, shownAnswers)
      .map(({ answer, logp, reward }, rank) => ({
        ...{ member, rank: rank + 1, answer },
        ...{ probability: Math.exp(logp), reward },
      }))
  );
}

/** The exact optima p* ∝ pRef exp(r / lambda), measured as policies are. */
async function measureOptima(known: KnownAnswers): Promise<Row[]> {
  const columns = tf.tidy(() =>
    meansOver(
      measureAnswers(tiltedSequences(known, { lambdas }), known),
      { first: 0, count: -1 },
    )
  );
  const rows = await columnsToRows(columns);
  return rows.map(({ member: _, ...row }, i) => ({
    lambda: lambdas[i],
    ...row,
  }));
}
