import { enumerateSequences } from "../data/enumerate_sequences.ts";
import { completionLogits } from "../models/completion_logits.ts";
import { countMembers, type Params } from "../models/params.ts";
import { tokenLogProbs } from "../models/token_log_probs.ts";
import { type TokenModel } from "../models/token_model.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Returns the log-probability of every completion there is, exactly:
 *
 *     log p(y | c) = sum_t log p(y_t | c, y_1 ... y_{t-1}).
 *
 * Each of the V^(T-1) beginnings is read once and gives the V completions that go
 * on from it.
 *
 * @param model The model.
 * @param policy.params Parameters of M members.
 * @param policy.prompts The prompt of each context, int32 `[C, P]`.
 * @param options.length Tokens of a completion, T, at least 2.
 * @returns `[M, C, V^T]` in nats, in the order of {@linkcode enumerateSequences};
 * the gradient reaches `params`; the caller disposes it.
 * @throws {RangeError} If `length` is less than 2 or more than the model can read.
 *
 * @example
 * ```ts
 * import { gpt, keys, sequenceLogProbs, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = gpt({
 *   vocabulary: 3, promptTokens: 1, length: 2, width: 8, depth: 1, heads: 2,
 * });
 * const params = tf.tidy(() => model.init(keys([1])));
 * const prompts = tf.tensor2d([[3]], [1, 1], "int32");
 * const logp = sequenceLogProbs(model, { params, prompts }, { length: 2 });
 * const total = [...await logp.data()].reduce((sum, x) => sum + Math.exp(x), 0);
 * assertAlmostEquals(total, 1, 1e-5);
 * tf.dispose([params, prompts, logp]);
 * ```
 */
export function sequenceLogProbs(
  model: TokenModel,
  { params, prompts }: { params: Params; prompts: Tensor },
  { length }: { length: number },
): Tensor {
  if (!Number.isSafeInteger(length) || length < 2) {
    throw new RangeError(
      `Expected length to be an integer of at least 2, got ${length}`,
    );
  }
  const { vocabulary } = model;
  const members = countMembers(params);
  const [contexts, promptLength] = prompts.shape;
  return tf.tidy(() => {
    const beginnings = enumerateSequences({ vocabulary, length: length - 1 });
    const count = beginnings.shape[0]; // B
    const rows = contexts * count;
    const logits = completionLogits(model, {
      params,
      prompts: tf.reshape(
        tf.tile(tf.expandDims(prompts, 1), [1, count, 1]),
        [rows, promptLength!],
      ),
      // The last token is not read: any will do.
      completions: tf.tile(
        tf.expandDims(tf.pad(beginnings, [[0, 0], [0, 1]]), 0),
        [members, contexts, 1],
      ),
    }); // [M, C*B, T, V]
    const begun = tokenLogProbs({
      logits: tf.slice(logits, 0, [members, rows, length - 1, vocabulary]),
      tokens: tf.tile(tf.expandDims(beginnings, 0), [members, contexts, 1]),
    });
    const end = tf.logSoftmax(
      tf.reshape(tf.slice(logits, [0, 0, length - 1, 0]), [
        members,
        rows,
        vocabulary,
      ]),
    );
    const logp = tf.add(tf.sum(begun, -1, true), end); // [M, C*B, V]
    return tf.reshape(logp, [members, contexts, count * vocabulary]);
  });
}
