import { contextIds } from "../data/context_ids.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertFinite } from "../tf/check.ts";
import { keys, normal } from "../tf/random.ts";
import { type Arm, type FlowTask } from "./run_arms.ts";

const perContext = 4;
const sampleSteps = 4;

/**
 * Checks at an experiment's door what the hot loop does not: that the coefficients
 * of the arms are in range, and that a task's reward gives one finite value for each
 * sample of the reference.
 *
 * @param tasks The tasks.
 * @param arms The methods.
 * @throws {RangeError} If a coefficient is negative or not finite, an arm has none,
 * or a reward is not finite.
 * @throws {TypeError} If a reward has another shape than `[M, N]`.
 */
export async function assertRunnable(
  tasks: readonly FlowTask[],
  arms: readonly Arm[],
): Promise<void> {
  for (const { method, betas } of arms) {
    const wrong = betas.find((beta) => !(beta >= 0 && beta < Infinity));
    if (betas.length === 0 || wrong !== undefined) {
      throw new RangeError(
        `Expected betas of "${method}" to be finite and not negative, got ${
          wrong ?? "none"
        }`,
      );
    }
  }
  for (const task of tasks) {
    const rewards = tf.tidy(() => rewardReference(task));
    try {
      await assertFinite(`the reward of "${task.name}"`, rewards);
    } finally {
      rewards.dispose();
    }
  }
}

function rewardReference({ name, policy, reward }: FlowTask): Tensor {
  const { model, reference } = policy;
  const samples = model.contexts * perContext;
  const c = contextIds(model.contexts, perContext);
  const x1 = euler(
    (xt, t) => model.velocity(reference, xt, t, c),
    normal(keys([0]), [samples, model.dim]),
    { steps: sampleSteps },
  );
  const rewards = reward(x1, c);
  if (`${rewards.shape}` !== `1,${samples}`) {
    throw new TypeError(
      `Expected the reward of "${name}" to be of shape [1,${samples}] for samples [${x1.shape}], got [${rewards.shape}]`,
    );
  }
  return rewards;
}
