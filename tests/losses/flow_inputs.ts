import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";

/** What the flow losses take. */
export type FlowInputs = FlowVelocities & {
  rewards: Tensor;
  advantages: Tensor;
};

/**
 * Draws inputs of the flow losses, of order 1 and of either sign.
 *
 * @param samples The shape of the samples, `[...]`.
 * @param dim The size of an event, D.
 * @param seed Another seed, other inputs.
 */
export function flowInputs(
  samples: number[],
  dim: number,
  seed = 0,
): FlowInputs {
  const draw = (index: number, shape: number[]) =>
    tf.squeeze(normal(keys([100 * seed + index]), shape), [0]);
  return {
    vt: draw(0, [...samples, dim]),
    ut: draw(1, [...samples, dim]),
    vRef: draw(2, [...samples, dim]),
    rewards: draw(3, samples),
    advantages: draw(4, samples),
  };
}
