import { contextIds } from "../data/context_ids.ts";
import { centeredAdvantages } from "../losses/advantages.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { countMembers } from "../models/params.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { byPrompt, type Flow, frozenVelocity } from "../policies/flow.ts";
import { type Reward } from "../rewards/reward.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { type Task } from "../experiments/experiment.ts";

// Apart from every training seed; all members are measured on the same draws.
const signalSeed = 1_000_005;
const sampleSteps = 16;

/** The bins in which `beta_eff - beta` is counted: equal ones over [-1, 1]. */
export const adaptationBins = 20;

/** The name of a bin's column. */
export const binColumn = (bin: number): string =>
  `bin${String(bin).padStart(2, "0")}`;

/**
 * What a method does to good samples (A > 0) of a flow, and to bad ones (A < 0),
 * measured on fresh samples of its own at a random time each, with the method's terms:
 * its push is `objective`, its pull `beta D`, where `D = |vt - vRef|^2` is taken to the
 * pretrained flow, even if the method pulls elsewhere.
 *
 * @param flow The pretrained flow.
 * @param reward The reward of the task.
 * @returns `draw` and `measure` of a {@linkcode Task}. The columns: `penalty`, the
 * mean of D; `penaltyGood` and `penaltyBad`, that of the good and of the bad samples;
 * `pullGood` and `pullBad`, the mean of beta D; `pushGood` and `pushBad`, that of the
 * objective; `covariance`, Cov(A, D) within prompts; `betaMean`, the mean of beta;
 * `betaNegative`, the share of samples where it is negative; and `bin00` ... the
 * shares of beta less the coefficient in equal bins over [-1, 1] (the outermost take
 * what is beyond).
 */
export function flowSignals(
  { model, reference }: Flow,
  reward: Reward,
): Required<Task<FlowVelocities>>["signals"] {
  const { contexts, dim } = model;
  return {
    draw: (params, { samples: perContext }) =>
      tf.tidy(() => {
        const members = countMembers(params);
        const c = contextIds(contexts, perContext);
        const key = keys([signalSeed]);
        const noise = (purpose: number) =>
          tf.tile(normal(foldIn(key, purpose), [c.size, dim]), [members, 1, 1]);
        const x1 = euler(
          (xt, t) => model.velocity(params, xt, t, c),
          noise(0),
          { steps: sampleSteps },
        );
        const t = tf.tile(uniform(foldIn(key, 1), [c.size]), [members, 1]);
        const { xt, ut } = rectifiedFlow({ x0: noise(2), x1, t });
        const velocities = byPrompt({
          vt: model.velocity(params, xt, t, c),
          ut,
          vRef: frozenVelocity({ model, reference }, { xt, t, c }),
        }, contexts);
        const byContext = [members, contexts, perContext];
        return {
          ...velocities,
          answers: x1,
          rewards: tf.reshape(reward(x1, c), byContext),
        };
      }),
    measure: ({ vt, ut, vRef, rewards, answers }, { terms, coefficient }) =>
      tf.tidy(() => {
        const signals = { vt, ut, vRef, vOld: vt };
        const { objective, divergence, beta: given } = terms(rewards, {
          answers,
        });
        const advantages = centeredAdvantages(rewards);
        const penalties = divergence?.(signals) ?? tf.zerosLike(advantages);
        const beta = tf.add(given, tf.zerosLike(advantages));
        const pulls = tf.mul(beta, penalties);
        const pushes = objective(signals);

        const good = tf.cast(tf.greater(advantages, 0), "float32");
        const bad = tf.cast(tf.less(advantages, 0), "float32");
        const overSamples = (values: Tensor) => tf.mean(values, [1, 2]);
        const among = (values: Tensor, which: Tensor) =>
          tf.divNoNan(overSamples(tf.mul(values, which)), overSamples(which));
        const shift = tf.sub(beta, coefficient);
        const bins = tf.clipByValue(
          tf.floor(tf.mul(tf.add(shift, 1), adaptationBins / 2)),
          0,
          adaptationBins - 1,
        );
        const shares = Array.from({ length: adaptationBins }, (_, bin) => [
          binColumn(bin),
          overSamples(tf.cast(tf.equal(bins, bin), "float32")),
        ]);
        return {
          penalty: overSamples(penalties),
          penaltyGood: among(penalties, good),
          penaltyBad: among(penalties, bad),
          pullGood: among(pulls, good),
          pullBad: among(pulls, bad),
          pushGood: among(pushes, good),
          pushBad: among(pushes, bad),
          covariance: overSamples(tf.mul(advantages, penalties)),
          betaMean: overSamples(beta),
          betaNegative: overSamples(tf.cast(tf.less(beta, 0), "float32")),
          ...Object.fromEntries(shares),
        };
      }),
  };
}
