import { contextIds } from "../data/context_ids.ts";
import { centeredAdvantages } from "../losses/advantages.ts";
import { w2Penalty } from "../losses/divergences.ts";
import { type FlowVelocities } from "../losses/regularised.ts";
import { countMembers, type Params } from "../models/params.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { type Reward } from "../rewards/reward.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { type Method } from "./methods.ts";
import { byPrompt, type FlowPolicy, frozenVelocity } from "./online_flow.ts";

const signalSeed = 1_000_005;
const sampleSteps = 16;

/** The bins in which `beta_eff - beta` is counted: equal ones over [-1, 1]. */
export const adaptationBins = 20;

/** The name of a bin's column. */
export const binColumn = (bin: number): string =>
  `bin${String(bin).padStart(2, "0")}`;

/**
 * Samples of M members on their paths, by prompt: what methods are given, all that
 * {@linkcode measureSignals} needs.
 */
export type Paths = FlowVelocities & {
  /** The rewards of the samples, `[M, C, K]`. */
  rewards: Tensor;
};

/**
 * Draws fresh samples of each member, and a random time a sample; all members on the
 * same draws.
 *
 * @param policy The flow.
 * @param params Parameters of M members.
 * @param options The `reward` and the number of samples `perContext`, K.
 * @returns `vt`, `ut` and `vRef`, `[M, C, K, D]`, and `rewards`, which the caller
 * disposes.
 */
export function drawPaths(
  { model, reference }: FlowPolicy,
  params: Params,
  { reward, perContext }: { reward: Reward; perContext: number },
): Paths {
  return tf.tidy(() => {
    const { contexts, dim } = model;
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
    const velocities = {
      vt: model.velocity(params, xt, t, c),
      ut,
      vRef: frozenVelocity(model, reference, { xt, t, c }),
    };
    const rewards = tf.reshape(reward(x1, c), [members, contexts, perContext]);
    return { ...byPrompt(velocities, contexts), rewards };
  });
}

/**
 * Measures what a method does to good samples (A > 0) and to bad ones (A < 0). Every
 * method's loss is `w |vt - ut|^2 + b D`, `D = |vt - vRef|^2`; w and b of each sample
 * are read off the method's own loss by making one of its terms vanish.
 *
 * @param paths Samples of M members, from {@linkcode drawPaths}; they stay.
 * @param options The `method` of these members and their coefficients `beta`,
 * `[M, 1, 1]`.
 * @returns Columns of one value a member, `[M]`, to be disposed by the caller:
 * `penalty`, the mean of D; `penaltyGood` and `penaltyBad`, that of the good and of
 * the bad samples; `pullGood` and `pullBad`, the mean of b D; `pushGood` and
 * `pushBad`, that of `w |vt - ut|^2`; `covariance`, Cov(A, D) within prompts;
 * `betaMean`, the mean of b; `betaNegative`, the share of samples with b < 0; and
 * `bin00` ... the shares of b - beta in equal bins over [-1, 1] (the outermost take
 * what is beyond).
 */
export function measureSignals(
  { vt, ut, vRef, rewards }: Paths,
  { method, beta }: { method: Method; beta: Tensor },
): Record<string, Tensor> {
  return tf.tidy(() => {
    const advantages = centeredAdvantages(rewards);
    const penalties = w2Penalty({ vt, vRef });
    const loss = method(rewards);
    const pulls = loss({ vt, ut: vt, vRef });
    const pushes = loss({ vt, ut, vRef: vt });
    const b = loss({ vt, ut: vt, vRef: tf.sub(vt, 1) });

    const good = tf.cast(tf.greater(advantages, 0), "float32");
    const bad = tf.cast(tf.less(advantages, 0), "float32");
    const overSamples = (values: Tensor) => tf.mean(values, [1, 2]);
    const among = (values: Tensor, which: Tensor) =>
      tf.divNoNan(overSamples(tf.mul(values, which)), overSamples(which));
    const shift = tf.sub(b, beta);
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
      betaMean: overSamples(b),
      betaNegative: overSamples(tf.cast(tf.less(b, 0), "float32")),
      ...Object.fromEntries(shares),
    };
  });
}
