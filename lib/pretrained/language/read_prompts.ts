import { countMembers, type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { laterPlaces, unread } from "../layers/attention.ts";
import { blocksBelow } from "../layers/lora.ts";
import { type Angles, rotaryAngles } from "../layers/rotary.ts";
import { type PromptMemory } from "./cached_attention.ts";
import { type Decoder, readTokens } from "./decoder.ts";
import { attendCausally } from "./decoder_attention.ts";
import { type Prompts } from "./prompts.ts";

/**
 * Reads prompts, for answers to attend to.
 *
 * @param decoder The model.
 * @param prompts C of them; of M members of `adapters`, C / M of each in turn.
 * @param adapters Of M members; the base alone when left out.
 * @param shared Whether all members read all C prompts, as if those came M times: blocks
 * below the first that has adapters then read them once, and remember C.
 * @returns What is remembered of them, and the features of their last tokens, `[C,
 * width]`, which the first token of an answer follows; gradients reach `adapters`.
 */
export function readPrompts(
  decoder: Decoder,
  { tokens, lengths }: Prompts,
  adapters?: Params,
  shared = false,
): { prompt: PromptMemory; last: Tensor } {
  const [count, given] = tokens.shape as [number, number];
  const members = shared && adapters ? countMembers(adapters) : 1;
  const { cos, sin } = rotaryAngles(given, decoder.config);
  const angles = { cos: tf.expandDims(cos, 1), sin: tf.expandDims(sin, 1) };
  const mask = laterPlaces(given);
  const { h, memory: blocks } = readTokens(decoder, tokens, {
    ...{ adapters, constant: adapters && blocksBelow(adapters), members },
    attend: (projections) => attendCausally(projections, { angles, mask }),
  });
  const left = tf.sub(
    tf.expandDims(tf.tile(lengths, [members]), 1),
    tf.range(0, given, 1, "int32"),
  ); // [C, P]: 1 at the last token, 0 and less after it.
  const isLast = tf.equal(left, tf.scalar(1, "int32"));
  const isAfter = tf.less(left, tf.scalar(1, "int32"));
  const added = tf.mul(tf.cast(isAfter, "float32"), unread);
  return {
    prompt: { blocks, mask: tf.reshape(added, [members * count, 1, 1, given]) },
    // Not gather, whose gradient WebAssembly has no kernel for.
    last: tf.sum(tf.where(tf.expandDims(isLast, 2), h, tf.zerosLike(h)), 1),
  };
}

/** The angles of places int32 `[...]`, each `[..., headSize]`. */
export function anglesAt({ cos, sin }: Angles, places: Tensor): Angles {
  return { cos: tf.gather(cos, places), sin: tf.gather(sin, places) };
}
