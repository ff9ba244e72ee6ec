import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { laterPlaces } from "../layers/attention.ts";
import { blocksBelow, tieToAdapters } from "../layers/lora.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import { attendFromAnswers } from "./cached_attention.ts";
import { type Decoder, readTokens } from "./decoder.ts";
import { type Prompts, repeatRows } from "./prompts.ts";
import { anglesAt, readPrompts } from "./read_prompts.ts";

/**
 * Teacher forcing: reads prompts and answers, and returns the features of the places
 * that the tokens of the answers follow, and of no other, from which the head makes
 * their logits. Row t of an answer belongs to its t-th token. A prompt is read once for
 * all of its answers.
 *
 * @param decoder The model.
 * @param sequences.prompts C of them.
 * @param sequences.answers int32 `[N, T]`, N = C n: n to each prompt in turn.
 * @param adapters Of M members, C / M prompts of each in turn; the base alone when left
 * out.
 * @returns `[N T, width]`, which the caller disposes; the gradient reaches `adapters`.
 */
export function answerStates(
  decoder: Decoder,
  { prompts, answers }: { prompts: Prompts; answers: Tensor },
  adapters?: Params,
): Tensor {
  const [rows, length] = answers.shape as [number, number];
  const read = length - 1; // The last token is not read.
  return tf.tidy(() => {
    const h = statesAfter(decoder, {
      prompts,
      tokens: tf.slice(answers, [0, 0], [rows, read]),
      depths: tf.expandDims(tf.range(0, read, 1, "int32"), 0),
      mask: laterPlaces(read),
    }, adapters);
    return tf.reshape(h, [rows * length, -1]);
  });
}

/** Tokens to read after prompts. */
export type Continued = {
  /** C prompts. */
  prompts: Prompts;
  /** int32 `[N, L]`, N = C n: n rows to each prompt in turn. */
  tokens: Tensor;
  /** How many tokens stand between the prompt and each, int32 `[N or 1, L]`. */
  depths: Tensor;
  /** What is added to the scores of attention, `[L, L]` or `[N, 1, L, L]`. */
  mask: Tensor;
  /** Whether each of M members reads all of them: what is returned has M N rows. */
  shared?: boolean;
};

/**
 * Reads tokens after their prompts, each prompt once. Blocks below the first that has
 * adapters are no part of the gradient, and read what members share once.
 *
 * @returns The features of the prompt's last token and of the tokens, `[N, 1 + L,
 * width]`, which the caller disposes; the gradient reaches `adapters`.
 */
export function statesAfter(
  decoder: Decoder,
  { prompts, tokens, depths, mask, shared }: Continued,
  adapters?: Params,
): Tensor {
  const [rows, read] = tokens.shape as [number, number];
  const [count, given] = prompts.tokens.shape as [number, number];
  return tf.tidy(() => {
    const { prompt, last } = readPrompts(decoder, prompts, adapters, shared);
    const first = tf.expandDims(repeatRows(last, rows / count), 1);
    if (read === 0) return tieToAdapters(first, adapters);
    const lengths = tf.expandDims(repeatRows(prompts.lengths, rows / count), 1);
    const table = rotaryAngles(given + read, decoder.config);
    const angles = anglesAt(table, tf.expandDims(tf.add(lengths, depths), 2));
    const constant = adapters ? blocksBelow(adapters) : 0;
    const members = prompt.mask.shape[0] / count;
    const each = (x: Tensor) =>
      tf.tile(x, [members, ...x.shape.slice(1).map(() => 1)]);
    const once = { read: tf.slice(prompt.mask, 0, count), angles, mask };
    const ofAll = members === 1 ? once : {
      read: prompt.mask,
      angles: { cos: each(angles.cos), sin: each(angles.sin) },
      mask: each(mask),
    };
    const { h } = readTokens(decoder, tokens, {
      ...{ adapters, constant, members },
      attend: (projections, block) => {
        const { read, ...own } = block < constant ? once : ofAll;
        const memory = { ...prompt.blocks[block], mask: read };
        return attendFromAnswers(projections, memory, own);
      },
    });
    return tieToAdapters(tf.concat([first, h], 1), adapters);
  });
}
