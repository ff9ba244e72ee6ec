import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { withGradient } from "../layers/frozen.ts";
import { type Decoder, hiddenStates } from "./decoder.ts";
import { type Prompts } from "./prompts.ts";

/**
 * Teacher forcing: reads each prompt and its answer at once, and returns the features
 * of the places that the tokens of the answer follow, and of no other, from which the
 * head makes their logits. Row t of an answer belongs to its t-th token.
 *
 * @param decoder The model.
 * @param sequences.prompts One for each answer, N in all.
 * @param sequences.answers int32 `[N, T]`.
 * @param adapters Of M members; the base alone when left out.
 * @returns `[N T, width]`, which the caller disposes; the gradient reaches `adapters`.
 */
export function answerStates(
  decoder: Decoder,
  { prompts, answers }: { prompts: Prompts; answers: Tensor },
  adapters?: Params,
): Tensor {
  const [rows, length] = answers.shape as [number, number];
  const given = prompts.tokens.shape[1]!;
  const places = given + length - 1; // The last token is not read.
  return tf.tidy(() => {
    const own = tf.expandDims(prompts.lengths, 1); // [N, 1]
    const place = tf.expandDims(tf.range(0, places, 1, "int32"), 0); // [1, L]
    const inAnswer = tf.minimum(
      tf.sub(place, own),
      tf.scalar(length - 1, "int32"),
    );
    const source = tf.where(
      tf.less(place, own),
      place,
      tf.add(inAnswer, tf.scalar(given, "int32")),
    );
    const joined = tf.concat([prompts.tokens, answers], 1);
    const starts = (size: number) =>
      tf.expandDims(tf.range(0, rows * size, size, "int32"), 1);
    const tokens = tf.gather(
      tf.reshape(joined, [-1]),
      tf.add(source, starts(given + length)),
    ) as Tensor;
    const h = hiddenStates(decoder, tokens, adapters);
    // Which token of the answer follows a place: before 0 or from T on, none.
    const next = tf.sub(place, tf.sub(own, tf.scalar(1, "int32"))); // [N, L]
    return answerPlaces(tf.reshape(h, [rows * places, -1]), {
      before: tf.reshape(
        tf.add(
          tf.expandDims(tf.range(-1, length - 1, 1, "int32"), 0),
          tf.add(own, starts(places)),
        ),
        [-1],
      ),
      follows: tf.reshape(
        tf.add(
          // Not clipByValue, which takes integers for floats on WebAssembly.
          tf.maximum(
            tf.minimum(next, tf.scalar(length - 1, "int32")),
            tf.scalar(0, "int32"),
          ),
          starts(length),
        ),
        [-1],
      ),
      isBefore: tf.reshape(
        tf.logicalAnd(
          tf.greaterEqual(next, tf.scalar(0, "int32")),
          tf.less(next, tf.scalar(length, "int32")),
        ),
        [-1, 1],
      ),
    });
  });
}

/**
 * The rows of `h` `[N L, width]` at the places `before` `[N T]` of tokens. No row is
 * taken twice, so that its gradient is a row too: that of the token that `follows`
 * `[N L]` it, if the place `isBefore` one, `[N L, 1]`. TensorFlow.js' own gradient adds
 * rows up, which WebAssembly has no kernel for.
 */
function answerPlaces(
  h: Tensor,
  { before, follows, isBefore }: Record<
    "before" | "follows" | "isBefore",
    Tensor
  >,
): Tensor {
  return withGradient(([h], save) => {
    save([follows, isBefore]);
    return {
      value: tf.gather(h, before),
      gradFunc: (dy, [follows, isBefore]) =>
        tf.where(isBefore, tf.gather(dy, follows), tf.scalar(0)),
    };
  })(h);
}
