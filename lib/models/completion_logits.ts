import { type Tensor, tf } from "../tf/backend.ts";
import { type Params } from "./params.ts";
import { type TokenModel } from "./token_model.ts";

/**
 * Teacher forcing: returns the logits that a model gives each place of a
 * completion, after the prompt and the tokens before that place. Row t belongs to
 * `completions[..., t]`: nothing is left to shift.
 *
 * @param model The model.
 * @param sequences.params Parameters of M members.
 * @param sequences.prompts int32 `[N, P]`, P at least 1, shared by the members.
 * @param sequences.completions int32 `[M, N, T]`.
 * @returns `[M, N, T, V]`, which the caller disposes; the gradient reaches
 * `params`.
 * @throws {TypeError} If a shape does not fit.
 * @throws {RangeError} If the model cannot read P + T - 1 tokens.
 *
 * @example
 * ```ts
 * import { completionLogits, gpt, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = gpt({
 *   vocabulary: 10, promptTokens: 4, length: 3, width: 16, depth: 1, heads: 2,
 * });
 * const params = tf.tidy(() => model.init(keys([1, 2])));
 * const prompts = tf.tensor2d([[10], [13]], [2, 1], "int32");
 * const completions = tf.zeros([2, 2, 3], "int32");
 * const logits = completionLogits(model, { params, prompts, completions });
 * assertEquals(logits.shape, [2, 2, 3, 10]);
 * tf.dispose([params, prompts, completions, logits]);
 * ```
 */
export function completionLogits(
  model: TokenModel,
  { params, prompts, completions }: {
    params: Params;
    prompts: Tensor;
    completions: Tensor;
  },
): Tensor {
  const [samples, promptLength] = prompts.shape;
  const fits = prompts.rank === 2 && prompts.size > 0 &&
    completions.rank === 3 && completions.shape[1] === samples;
  if (!fits) {
    throw new TypeError(
      `Expected prompts [N, P] and completions [M, N, T], got [${prompts.shape}] and [${completions.shape}]`,
    );
  }
  const [members, , count] = completions.shape;
  return tf.tidy(() => {
    const shared = tf.tile(tf.expandDims(prompts, 0), [members, 1, 1]);
    const given = tf.slice(completions, 0, [members, samples, count! - 1]);
    const logits = model.logits(params, tf.concat([shared, given], 2));
    return tf.slice(logits, [0, 0, promptLength - 1, 0]);
  });
}
