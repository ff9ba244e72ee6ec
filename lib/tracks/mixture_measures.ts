import { contextIds } from "../data/context_ids.ts";
import { type RingMixture } from "../data/mixture.ts";
import { mixtureLogDensity } from "../data/mixture_log_density.ts";
import { sampleMixture } from "../data/sample_mixture.ts";
import { coverage } from "../metrics/coverage.ts";
import { modeEntropy } from "../metrics/mode_entropy.ts";
import { modeShares } from "../metrics/mode_shares.ts";
import { offManifold } from "../metrics/off_manifold.ts";
import { pairwiseDistance } from "../metrics/pairwise_distance.ts";
import { sampleKl } from "../metrics/sample_kl.ts";
import { slicedW2 } from "../metrics/sliced_w2.ts";
import { splitContexts } from "../metrics/split_contexts.ts";
import { countMembers, type Params } from "../models/params.ts";
import { modesAfterFavourite } from "../rewards/mode_reward.ts";
import { type Reward } from "../rewards/reward.ts";
import { euler } from "../samplers/euler.ts";
import { flowLogDensity } from "../samplers/flow_log_density.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys, normal } from "../tf/random.ts";
import { mixture, mixtureFlowOf } from "./mixture_flow.ts";

// Apart from every training seed; all members are measured on the same noise.
const evaluationSeed = 1_000_003;
const sampleSteps = 32;
const densitySteps = 24;

/**
 * Draws the samples that members are measured on.
 *
 * @param params Parameters of M members of a flow of the mixture, of any width.
 * @param perContext Samples of each context.
 * @param ring The mixture; the one of the 2-D experiments when left out.
 * @returns Samples `[M, N, 2]`, which the caller disposes.
 */
export function drawMixtureSamples(
  params: Params,
  perContext: number,
  ring: RingMixture = mixture,
): Tensor {
  const { velocity } = mixtureFlowOf(params, ring);
  const contexts = ring.weights.length;
  return tf.tidy(() => {
    const noise = normal(keys([evaluationSeed]), [contexts * perContext, 2]);
    const x0 = tf.tile(noise, [countMembers(params), 1, 1]);
    const c = contextIds(contexts, perContext);
    return euler((xt, t) => velocity(params, xt, t, c), x0, {
      steps: sampleSteps,
    });
  });
}

/**
 * Measures members of the mixture's flow.
 *
 * @param params Parameters of M members.
 * @param options The `reward` they are trained on and what it stands for, `honest`;
 * the number of samples `perContext`; the `mixture`, with the contexts to measure, the
 * one of the 2-D experiments when left out; and whether to measure the KL divergence,
 * `exact`ly up to sampling and quadrature, which costs a few times the rest.
 * @returns Columns of one value a member, `[M]`, to be disposed by the caller:
 * `reward`, the mean; `trueReward`, the mean of what it stands for; `mode0` ... `mode7`, the shares of the
 * modes counted from the likeliest of each context; `modeEntropy`, nats, the mean
 * over contexts; `coverage`, the part of the modes with 1% or more; `bestShare`, the
 * share of the mode that most samples of a context are at; `offManifold`, the share
 * of samples off the data; `pairwiseDistance`; `slicedW2` to the data; and
 * `kl`, nats, to the exact density of the data (`NaN` unless `exact`).
 */
export function evaluateMixture(
  params: Params,
  { reward, honest = reward, perContext, exact, mixture: ring = mixture }: {
    reward: Reward;
    honest?: Reward;
    perContext: number;
    exact: boolean;
    mixture?: RingMixture;
  },
): Record<string, Tensor> {
  const contexts = ring.weights.length;
  return tf.tidy(() => {
    const x1 = drawMixtureSamples(params, perContext, ring);
    const c = contextIds(contexts, perContext);
    const shares = modeShares(ring, x1); // [M, C, modes]
    const data = sampleMixture(ring, keys([evaluationSeed + 1]), {
      perContext,
    }).x1;
    const distances = slicedW2(
      splitContexts(x1, contexts),
      splitContexts(data, contexts),
    );
    return {
      reward: tf.mean(reward(x1, c), 1),
      trueReward: tf.mean(honest(x1, c), 1),
      modeEntropy: tf.mean(modeEntropy(shares), 1),
      ...relativeShares(ring, shares),
      coverage: tf.mean(coverage(shares, { threshold: 0.01 }), 1),
      bestShare: tf.mean(tf.max(shares, -1), 1),
      offManifold: offManifold(ring, x1),
      pairwiseDistance: tf.mean(pairwiseDistance(x1, { contexts }), 1),
      slicedW2: tf.mean(distances, 1),
      kl: exact
        ? measureKl(params, x1, c, ring)
        : tf.fill([countMembers(params)], NaN),
    };
  });
}

/**
 * Shares of the modes by how many modes they come after the likeliest of their
 * context, averaged over contexts, which are turns of one another.
 *
 * @param ring The mixture.
 * @param shares `[M, C, modes]`.
 * @returns Columns `mode0` ... `mode7`, `[M]`.
 */
export function relativeShares(
  ring: RingMixture,
  shares: Tensor,
): Record<string, Tensor> {
  const modes = ring.means.length;
  const likeliest = modesAfterFavourite(ring, 0);
  const turned = likeliest.map((first, c) => {
    const context = tf.squeeze(tf.slice(shares, [0, c, 0], [-1, 1, -1]), [1]);
    const [head, tail] = [
      tf.slice(context, [0, 0], [-1, first]),
      tf.slice(context, [0, first], [-1, modes - first]),
    ];
    return tf.concat([tail, head], 1);
  });
  const means = tf.unstack(tf.div(tf.addN(turned), likeliest.length), 1);
  return Object.fromEntries(means.map((mean, k) => [`mode${k}`, mean]));
}

/** KL(q | data) of each member, from the flow's own density, `[M]`. */
function measureKl(
  params: Params,
  x1: Tensor,
  c: Tensor,
  ring: RingMixture,
): Tensor {
  const { velocity } = mixtureFlowOf(params, ring);
  const logq = flowLogDensity(
    (xt, t) => velocity(params, xt, t, c),
    x1,
    { steps: densitySteps },
  );
  return sampleKl({ logq, logp: mixtureLogDensity(ring, x1, c) });
}
