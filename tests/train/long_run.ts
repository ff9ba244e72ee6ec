// A training run with everything a checkpoint must carry: Adam's memory, random
// draws, a member that diverges (its logs are NaN) and evaluations. The tests run
// it in their own process and, to kill it, in another: `deno run long_run.ts PATH`.
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal } from "../../lib/tf/random.ts";
import { adamUpdate, initAdam } from "../../lib/train/adam.ts";
import { freezeDiverged } from "../../lib/train/freeze.ts";
import { joinState, type State, stateGroup } from "../../lib/train/state.ts";
import { train } from "../../lib/train/train.ts";
import { type TrainOptions } from "../../lib/train/train_options.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

const model = mlpVelocity({ dim: 2, contexts: 1, width: 8, depth: 2 });
const seeds = [1, 2, 3];
const iterations = 30;

/** The run; with a path it checkpoints there every ten iterations. */
export function longRun(path?: string): TrainOptions {
  const state = tf.tidy(() => {
    const key = keys(seeds);
    const params = model.init(key);
    const alive = tf.ones([seeds.length], "int32");
    return joinState({ params, adam: initAdam(params), alive, key });
  });
  return {
    state,
    step: oneStep,
    iterations,
    logEvery: 5,
    evaluate: {
      every: 4,
      run: async ({ alive }) =>
        [...await alive.data()]
          .map((value, member) => ({ member, alive: value === 1 })),
    },
    checkpoint: path === undefined
      ? undefined
      : { path, every: 10, config: { seeds } },
  };
}

function oneStep(state: State, iteration: Parameters<TrainOptions["step"]>[1]) {
  const params = stateGroup(state, "params");
  const draw = foldIn(state.key, iteration);
  const xt = normal(draw, [4, 2]);
  const c = tf.zeros([4], "int32");
  // Member 1 breaks at iteration 7.
  const broken = tf.mul(tf.equal(iteration, 7), tf.tensor1d([0, 1, 0]));
  const poison = tf.where(tf.cast(broken, "bool"), NaN, tf.zeros([3]));
  const { losses, grads } = valueAndGrads(params, (params) => {
    const vt = model.velocity(params, xt, tf.scalar(0.5), c);
    return tf.add(tf.mean(tf.square(tf.sub(vt, xt)), [1, 2]), poison);
  });
  const { gradNorm, ...updated } = adamUpdate(
    { params, grads, adam: stateGroup(state, "adam") },
    { learningRate: 0.01, clipNorm: 1 },
  );
  const next = joinState({ ...updated, alive: state.alive, key: state.key });
  return {
    state: freezeDiverged({ previous: state, next }, [losses, gradNorm], {
      limit: 1e6,
    }),
    logs: { loss: losses, gradNorm },
  };
}

if (import.meta.main) {
  await train({
    ...longRun(Deno.args[0]),
    async given(_, iteration) {
      if (iteration === 13) {
        console.log("beyond a checkpoint");
        // Waits to be killed.
        await new Promise(() => setTimeout(() => {}, 60_000));
      }
      return {};
    },
  });
}
