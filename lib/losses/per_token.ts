import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Lines up a value a sequence with values a token, `[...]` with `[..., T]`.
 *
 * @param value A number, a scalar, or `[...]`, each axis perhaps 1.
 * @returns The same with an axis of size 1 for the tokens, if it has axes.
 */
export function perToken(value: number | Tensor): number | Tensor {
  return typeof value === "number" || value.rank === 0
    ? value
    : tf.expandDims(value, -1);
}

/**
 * Checks that there is one advantage a sequence.
 *
 * @throws {TypeError} If `logp` is not `[..., T]` for advantages `[...]`.
 */
export function assertPerSequence(
  { logp, advantages }: { logp: Tensor; advantages: Tensor },
): void {
  const sequences = logp.shape.slice(0, -1);
  const fits = logp.rank > 0 && advantages.dtype === "float32" &&
    tf.util.arraysEqual(advantages.shape, sequences);
  if (!fits) {
    throw new TypeError(
      `Expected advantages of type float32 and shape [${sequences}] for logp [${logp.shape}], got ${advantages.dtype} [${advantages.shape}]`,
    );
  }
}
