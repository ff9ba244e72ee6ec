import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Checks values of completions: log-probabilities `[..., S]`, and others of the
 * same shape or of its last axes.
 *
 * @throws {TypeError} If a shape does not fit, naming it.
 */
export function assertSequences(
  { logp, ...others }: { logp: Tensor } & Record<string, Tensor>,
): void {
  if (logp.rank < 1) {
    throw new TypeError(`Expected logp of shape [..., S], got [${logp.shape}]`);
  }
  for (const [name, { rank, shape }] of Object.entries(others)) {
    const last = logp.shape.slice(Math.max(logp.rank - rank, 0));
    if (rank < 1 || !tf.util.arraysEqual(shape, last)) {
      throw new TypeError(
        `Expected ${name} of the last axes of logp's [${logp.shape}], got [${shape}]`,
      );
    }
  }
}
