import { type Tokenizer } from "../pretrained/language/tokenizer.ts";
import { type TextReward } from "../rewards/text.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type HostReward } from "./experiment.ts";

/** What answers in tokens are as texts. */
export interface Texts {
  /** What decides the scores beside the text of the function, such as a list's version. */
  name: string;
  /** Reads tokens. */
  tokenizer: Pick<Tokenizer, "decode">;
  /** The prompt of each context, `[C]`. */
  prompts: readonly string[];
  /** The tokens that end an answer, which are no part of its text; none when left out. */
  stop?: readonly number[];
}

/**
 * Makes a reward of answers in tokens from one of texts. All answers of an iteration
 * are scored in one call.
 *
 * @param texts What the answers are as texts.
 * @param reward Scores texts.
 * @returns The reward. Its `score` throws where `reward` throws, or gives what is no
 * finite number, naming the sample; the run then stops and keeps its last checkpoint.
 *
 * @example
 * ```ts
 * import { matches, textReward, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const digits = { decode: (ids: readonly number[]) => ids.join("") };
 * const reward = textReward(
 *   { name: "pairs 1", tokenizer: digits, prompts: ["Write a pair:"], stop: [9] },
 *   matches(/^(\d)\1$/),
 * );
 * const answers = tf.tensor3d([[[4, 4, 9], [4, 5, 9]]], undefined, "int32");
 * const c = tf.zeros([2], "int32");
 * const rewards = await reward.score(answers, c);
 * assertEquals(await rewards.array(), [[1, 0]]);
 * tf.dispose([answers, c, rewards]);
 * ```
 */
export function textReward(texts: Texts, reward: TextReward): HostReward {
  return {
    name: `${texts.name} ${reward}`,
    async score(answers: Tensor, c: Tensor): Promise<Tensor> {
      const scored = await scoreTexts(texts, reward, { answers, c });
      const shape = answers.shape.slice(0, 2) as [number, number];
      const scores = scored.map(({ reward }) => reward);
      return tf.tensor2d(scores, shape, "float32");
    },
  };
}

/**
 * Reads answers in tokens as texts, and scores them.
 *
 * @param texts What they are as texts.
 * @param reward Scores texts.
 * @param sample Answers `[M, N, T]`, and the context of each, `[N]`.
 * @returns One a member and answer, in their order.
 */
export async function scoreTexts(
  { name, tokenizer, prompts, stop = [] }: Texts,
  reward: TextReward,
  { answers, c }: { answers: Tensor; c: Tensor },
): Promise<{ prompt: string; answer: string; reward: number }[]> {
  const members = await answers.array() as number[][][];
  const contexts = await c.data();
  const texts = members.flat().map((ids) => {
    const end = ids.findIndex((id) => stop.includes(id));
    return tokenizer.decode(end < 0 ? ids : ids.slice(0, end));
  });
  const asked = members.flatMap((rows) =>
    rows.map((_, i) => prompts[contexts[i]])
  );
  const scores = await scoresOf(reward, texts, asked, name);
  return texts.map((answer, i) => ({
    ...{ prompt: asked[i], answer, reward: scores[i] },
  }));
}

async function scoresOf(
  reward: TextReward,
  texts: string[],
  prompts: string[],
  name: string,
): Promise<number[]> {
  let scores: number[];
  try {
    scores = await reward(texts, prompts);
  } catch (cause) {
    const at = await firstFailure(reward, texts, prompts);
    const where = at < 0 ? "" : sample(texts[at], prompts[at]);
    throw new Error(`The reward "${name}" failed${where}: ${cause}`, { cause });
  }
  if (scores?.length !== texts.length) {
    throw new TypeError(
      `Expected ${texts.length} scores of the reward "${name}", got ${scores?.length}`,
    );
  }
  const wrong = scores.findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) {
    throw new RangeError(
      `Expected the reward "${name}" to give a finite number${
        sample(texts[wrong], prompts[wrong])
      }, got ${scores[wrong]}`,
    );
  }
  return scores;
}

/** The first sample that fails alone; -1 if none does. */
async function firstFailure(
  reward: TextReward,
  texts: string[],
  prompts: string[],
): Promise<number> {
  for (const [i, text] of texts.entries()) {
    try {
      await reward([text], [prompts[i]]);
    } catch {
      return i;
    }
  }
  return -1;
}

const sample = (text: string, prompt: string) =>
  ` for ${JSON.stringify(text)} after ${JSON.stringify(prompt)}`;
