import { contextIds } from "../data/context_ids.ts";
import { centeredAdvantages } from "../losses/advantages.ts";
import { w2Penalty } from "../losses/w2_penalty.ts";
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
 * Measures what a method does to good samples (A > 0) and to bad ones (A < 0), on
 * fresh samples of each member, at one random time a sample. Every method's loss is
 * `w |vt - ut|^2 + b D`, `D = |vt - vRef|^2`; w and b of each sample are read off the
 * method's own loss by making one of its terms vanish.
 *
 * @param policy The flow.
 * @param params Parameters of M members.
 * @param options The `reward`, the `method` of these members, their coefficients
 * `betas` and the number of samples `perContext`.
 * @returns Columns of one value a member, `[M]`, to be disposed by the caller:
 * `penalty`, the mean of D; `penaltyGood` and `penaltyBad`, that of the good and of
 * the bad samples; `pullGood` and `pullBad`, the mean of b D; `pushGood` and
 * `pushBad`, that of `w |vt - ut|^2`; `covariance`, Cov(A, D) within prompts;
 * `betaMean`, the mean of b; `betaNegative`, the share of samples with b < 0; and
 * `bin00` ... the shares of b - beta in equal bins over [-1, 1] (the outermost take
 * what is beyond).
 */
export function measureSignals(
  policy: FlowPolicy,
  params: Params,
  { reward, method, betas, perContext }: {
    reward: Reward;
    method: Method;
    betas: readonly number[];
    perContext: number;
  },
): Record<string, Tensor> {
  return tf.tidy(() => {
    const { model, reference } = policy;
    const { contexts } = model;
    const members = countMembers(params);
    const { x1, xt, ut, t, c } = drawPaths(policy, params, perContext);
    const { vt, ...other } = byPrompt({
      vt: model.velocity(params, xt, t, c),
      ut,
      vRef: frozenVelocity(model, reference, { xt, t, c }),
    }, contexts);
    const rewards = tf.reshape(reward(x1, c), [members, contexts, perContext]);
    const advantages = centeredAdvantages(rewards);
    const penalties = w2Penalty({ vt, vRef: other.vRef });
    const loss = method(rewards);
    const pulls = loss({ vt, ut: vt, vRef: other.vRef });
    const pushes = loss({ vt, ut: other.ut, vRef: vt });
    const b = loss({ vt, ut: vt, vRef: tf.sub(vt, 1) });

    const good = tf.cast(tf.greater(advantages, 0), "float32");
    const bad = tf.cast(tf.less(advantages, 0), "float32");
    const overSamples = (values: Tensor) => tf.mean(values, [1, 2]);
    const among = (values: Tensor, which: Tensor) =>
      tf.divNoNan(overSamples(tf.mul(values, which)), overSamples(which));
    const shift = tf.sub(b, tf.tensor3d([...betas], [members, 1, 1]));
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

/** Samples of every member on their paths, all members on the same draws. */
function drawPaths(
  { model }: FlowPolicy,
  params: Params,
  perContext: number,
) {
  const members = countMembers(params);
  const shape = [model.contexts * perContext, model.dim];
  const c = contextIds(model.contexts, perContext);
  const key = keys([signalSeed]);
  const noise = (purpose: number) =>
    tf.tile(normal(foldIn(key, purpose), shape), [members, 1, 1]);
  const x1 = euler(
    (xt, t) => model.velocity(params, xt, t, c),
    noise(0),
    { steps: sampleSteps },
  );
  const t = tf.tile(uniform(foldIn(key, 1), shape.slice(0, 1)), [members, 1]);
  return { x1, t, c, ...rectifiedFlow({ x0: noise(2), x1, t }) };
}
