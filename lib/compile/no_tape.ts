import { tf } from "../tf/backend.ts";

/**
 * Refuses to run where TensorFlow.js records for a gradient.
 *
 * @param what What no gradient flows through.
 * @param instead What to do instead.
 * @throws {Error} If a gradient is being recorded.
 */
export function assertNoTape(what: string, instead: string): void {
  const engine = tf.engine() as unknown as { isTapeOn(): boolean };
  if (engine.isTapeOn()) {
    throw new Error(`No gradient flows through ${what}: ${instead}`);
  }
}
