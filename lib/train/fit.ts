import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys } from "../tf/random.ts";
import { adamUpdate, initAdam } from "./adam.ts";
import { joinState, stateGroup } from "./state.ts";
import { train } from "./train.ts";
import { valueAndGrads } from "./value_and_grads.ts";

/** A model to fit to data. */
export interface Fit {
  /** Draws the starting parameters of one member. */
  init(keys: Tensor): Record<string, Tensor>;
  /** The loss `[1]` of a batch that the keys `[1, 2]` draw. */
  loss(params: Record<string, Tensor>, keys: Tensor): Tensor;
  /** Gradient steps. */
  iterations: number;
  /** The learning rate at the start; it falls to 0 along a cosine. */
  learningRate: number;
  /** Seeds the start and every batch. */
  seed: number;
  onProgress?(progress: { iteration: number; iterations: number }): void;
}

const clipNorm = 1;
const logEvery = 100;

/**
 * Fits a model by Adam: the pretraining of the models that the experiments
 * fine-tune and judge by.
 *
 * @param options The model and its data.
 * @returns The parameters, which the caller disposes, and the mean loss of the last
 * hundred steps.
 */
export async function fit(
  { init, loss, iterations, learningRate, seed, onProgress }: Fit,
): Promise<{ params: Record<string, Tensor>; loss: number }> {
  const { state, logs } = await train({
    state: tf.tidy(() => {
      const params = init(foldIn(keys([seed]), 0));
      return joinState({ params, adam: initAdam(params) });
    }),
    step: (state, iteration) => {
      const batch = foldIn(foldIn(keys([seed]), 1), iteration);
      const params = stateGroup(state, "params");
      const { losses, grads } = valueAndGrads(
        params,
        (params) => loss(params, batch),
      );
      const angle = tf.mul(tf.cast(iteration, "float32"), Math.PI / iterations);
      const rate = tf.mul(learningRate / 2, tf.add(1, tf.cos(angle)));
      const next = adamUpdate(
        { params, grads, adam: stateGroup(state, "adam") },
        { learningRate: rate, clipNorm },
      );
      return {
        state: joinState({ params: next.params, adam: next.adam }),
        logs: { loss: losses },
      };
    },
    iterations,
    logEvery,
    onProgress,
  });
  tf.dispose(stateGroup(state, "adam"));
  return {
    params: stateGroup(state, "params"),
    loss: logs.at(-1)!.loss as number,
  };
}
