import { tf } from "../tf/backend.ts";

/** Whether TensorFlow.js records for a gradient. */
export function isTapeOn(): boolean {
  const engine = tf.engine() as unknown as { isTapeOn(): boolean };
  return engine.isTapeOn();
}

/**
 * Refuses to run where TensorFlow.js records for a gradient.
 *
 * @param what What no gradient flows through.
 * @param instead What to do instead.
 * @throws {Error} If a gradient is being recorded.
 */
export function assertNoTape(what: string, instead: string): void {
  if (isTapeOn()) {
    throw new Error(`No gradient flows through ${what}: ${instead}`);
  }
}

/**
 * Runs what no gradient flows through: nothing of it is recorded, and nothing remembered.
 *
 * @param f What makes tensors that gradients take for constants.
 * @returns What it returns.
 */
export function offTape<Result>(f: () => Result): Result {
  const { state } = tf.engine();
  state.kernelDepth++; // As inside of a kernel, whose own ops are not recorded.
  try {
    return f();
  } finally {
    state.kernelDepth--;
  }
}
