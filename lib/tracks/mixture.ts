import { contextIds } from "../data/context_ids.ts";
import { type Mixture, ringMixture } from "../data/mixture.ts";
import { mixtureLogDensity } from "../data/mixture_log_density.ts";
import { sampleMixture } from "../data/sample_mixture.ts";
import { type Task } from "../experiments/experiment.ts";
import { type FlowVelocities } from "../losses/regularised.ts";
import { coverage } from "../metrics/coverage.ts";
import { modeEntropy } from "../metrics/mode_entropy.ts";
import { modeShares } from "../metrics/mode_shares.ts";
import { offManifold } from "../metrics/off_manifold.ts";
import { pairwiseDistance } from "../metrics/pairwise_distance.ts";
import { sampleKl } from "../metrics/sample_kl.ts";
import { slicedW2 } from "../metrics/sliced_w2.ts";
import { splitContexts } from "../metrics/split_contexts.ts";
import { tiltedFrontier } from "../metrics/tilted_frontier.ts";
import { tiltedModeShares } from "../metrics/tilted_mode_shares.ts";
import { mlpVelocity } from "../models/mlp_velocity.ts";
import { countMembers, type Params } from "../models/params.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { flowPolicy } from "../policies/flow.ts";
import { gradedReward } from "../rewards/graded_reward.ts";
import { hackReward, trueReward } from "../rewards/hack_reward.ts";
import { modesAfterFavourite } from "../rewards/mode_reward.ts";
import { plateauReward } from "../rewards/plateau_reward.ts";
import { type Reward } from "../rewards/reward.ts";
import { euler } from "../samplers/euler.ts";
import { flowLogDensity } from "../samplers/flow_log_density.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { keys, normal } from "../tf/random.ts";
import { type Row } from "../train/row.ts";
import { flowSignals } from "./flow_signals.ts";

/** The mixture that the 2-D experiments fine-tune a flow of. */
export const mixture: Mixture = ringMixture();

/** The rewards of the 2-D experiments. */
export const mixtureRewards: Record<"graded" | "plateau" | "hack", Reward> = {
  graded: gradedReward(mixture),
  plateau: plateauReward(mixture),
  hack: hackReward(mixture),
};

/** The flow of the 2-D mixture; `loadPretrained("mixture_flow")` has its parameters. */
export const mixtureFlow: VelocityModel = mlpVelocity({
  dim: 2,
  contexts: 4,
  width: 64,
  depth: 3,
});

const contexts = mixture.weights.length;
const contextPerSample = (perContext: number) =>
  contextIds(contexts, perContext);
// Apart from every training seed; all members are measured on the same noise.
const evaluationSeed = 1_000_003;
const sampleSteps = 32;
const densitySteps = 24;

/** What a task on the mixture is called, and what its reward stands for. */
export interface MixtureTaskOptions {
  /** The task's name in rows and files. */
  name: string;
  /** What it is, in a few words; the name when left out. */
  title?: string;
  /** What the reward stands for, if it is a proxy; the reward itself when left out. */
  honest?: Reward;
}

/**
 * The task of fine-tuning the mixture's flow on a reward.
 *
 * @param reward The reward, of samples `[M, N, 2]` and their contexts int32 `[N]`.
 * @param reference The parameters of {@linkcode mixtureFlow}; they stay.
 * @param options The task's name, and what the reward stands for.
 * @returns The task, whose measures are those of {@linkcode evaluateMixture} and of
 * {@linkcode flowSignals}. It shows 200 samples of the first context, `{ x, y }`.
 * Its frontier has, for each lambda, `reward`, `kl`, `modeEntropy` and the exact
 * shares of the modes, `mode0` ... `mode7`.
 * @throws {TypeError} If the reward is no function, or an option has an unknown name.
 *
 * @example
 * ```ts
 * import { disposeParams, loadPretrained, mixtureTask, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const reference = await loadPretrained("mixture_flow");
 * const right = mixtureTask(
 *   (x1) => tf.tidy(() => tf.sigmoid(tf.squeeze(tf.slice(x1, [0, 0, 0], [-1, -1, 1]), [2]))),
 *   reference,
 *   { name: "right" },
 * );
 * assertEquals(right.name, "right");
 * disposeParams(reference);
 * ```
 */
export function mixtureTask(
  reward: Reward,
  reference: Params,
  options: MixtureTaskOptions,
): Task<FlowVelocities> {
  if (typeof reward !== "function") {
    throw new TypeError(
      `Expected reward to be a function of samples and contexts, such as mixtureRewards.graded, got ${
        typeof reward === "string" ? `"${reward}"` : typeof reward
      }`,
    );
  }
  assertKnown("the options of mixtureTask", options, [
    "name",
    "title",
    "honest",
  ]);
  const { name, title, honest = reward } = options;
  const flow = { model: mixtureFlow, reference };
  return {
    name,
    title,
    policy: flowPolicy(flow, { sampleSteps: 10 }),
    reward,
    measure: (params, { samples, done }) =>
      evaluateMixture(params, {
        reward,
        honest,
        perContext: samples,
        exact: done,
      }),
    signals: flowSignals(flow, reward),
    show: showSamples,
    frontier: () => exactFrontier(reward),
  };
}

/**
 * The three tasks of the 2-D experiments: graded modes, three equally good modes, and
 * an imperfect proxy of graded modes that also pays off the data.
 *
 * @param reference The parameters of {@linkcode mixtureFlow}; they stay.
 */
export function mixtureTasks(
  reference: Params,
): Record<keyof typeof mixtureRewards, Task<FlowVelocities>> {
  const { graded, plateau, hack } = mixtureRewards;
  return {
    graded: mixtureTask(graded, reference, {
      name: "graded",
      title: "graded modes",
    }),
    plateau: mixtureTask(plateau, reference, {
      name: "plateau",
      title: "three equally good modes",
    }),
    hack: mixtureTask(hack, reference, {
      name: "hack",
      title: "imperfect proxy",
      honest: trueReward(mixture),
    }),
  };
}

const lambdas = [
  Infinity,
  ...Array.from({ length: 80 }, (_, i) => 4 / (i + 1)),
];

/** The exact frontier of p ∝ pRef exp(r / lambda), with the shares of its modes. */
async function exactFrontier(reward: Reward): Promise<Row[]> {
  const points = await tiltedFrontier(mixture, reward, { lambdas });
  const columns = tf.tidy(() => {
    const etas = lambdas.map((lambda) => 1 / lambda);
    return relativeShares(tiltedModeShares(mixture, reward, etas));
  });
  const shares = await Promise.all(
    Object.values(columns).map((column) => column.data()),
  );
  tf.dispose(columns);
  const names = Object.keys(columns);
  return points.map((point, i) => ({
    ...point,
    ...Object.fromEntries(names.map((name, k) => [name, shares[k][i]])),
  }));
}

async function showSamples(
  params: Params,
  members: readonly number[],
): Promise<Row[]> {
  const count = 200;
  const points = tf.tidy(() =>
    tf.slice(drawMixtureSamples(params, count), [0, 0, 0], [-1, count, 2])
  );
  const values = await points.array() as number[][][];
  points.dispose();
  return members.flatMap((member) =>
    values[member].map(([x, y]) => ({ member, x, y }))
  );
}

/**
 * Draws the samples that members are measured on.
 *
 * @param params Parameters of M members of {@linkcode mixtureFlow}.
 * @param perContext Samples of each context.
 * @returns Samples `[M, N, 2]`, which the caller disposes.
 */
export function drawMixtureSamples(params: Params, perContext: number): Tensor {
  return tf.tidy(() => {
    const noise = normal(keys([evaluationSeed]), [contexts * perContext, 2]);
    const x0 = tf.tile(noise, [countMembers(params), 1, 1]);
    const c = contextPerSample(perContext);
    return euler((xt, t) => mixtureFlow.velocity(params, xt, t, c), x0, {
      steps: sampleSteps,
    });
  });
}

/**
 * Measures members of the mixture's flow.
 *
 * @param params Parameters of M members.
 * @param options The `reward` they are trained on and what it stands for, `honest`;
 * the number of samples `perContext`; and whether to measure the KL divergence,
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
  { reward, honest = reward, perContext, exact }: {
    reward: Reward;
    honest?: Reward;
    perContext: number;
    exact: boolean;
  },
): Record<string, Tensor> {
  return tf.tidy(() => {
    const x1 = drawMixtureSamples(params, perContext);
    const c = contextPerSample(perContext);
    const shares = modeShares(mixture, x1); // [M, C, modes]
    const data = sampleMixture(mixture, keys([evaluationSeed + 1]), {
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
      ...relativeShares(shares),
      coverage: tf.mean(coverage(shares, { threshold: 0.01 }), 1),
      bestShare: tf.mean(tf.max(shares, -1), 1),
      offManifold: offManifold(mixture, x1),
      pairwiseDistance: tf.mean(pairwiseDistance(x1, { contexts }), 1),
      slicedW2: tf.mean(distances, 1),
      kl: exact
        ? measureKl(params, x1, c)
        : tf.fill([countMembers(params)], NaN),
    };
  });
}

/**
 * Shares of the modes by how many modes they come after the likeliest of their
 * context, averaged over contexts, which are turns of one another.
 *
 * @param shares `[M, C, modes]`.
 * @returns Columns `mode0` ... `mode7`, `[M]`.
 */
export function relativeShares(shares: Tensor): Record<string, Tensor> {
  const modes = mixture.means.length;
  const likeliest = modesAfterFavourite(mixture, 0);
  const turned = likeliest.map((first, c) => {
    const context = tf.squeeze(tf.slice(shares, [0, c, 0], [-1, 1, -1]), [1]);
    const [head, tail] = [
      tf.slice(context, [0, 0], [-1, first]),
      tf.slice(context, [0, first], [-1, modes - first]),
    ];
    return tf.concat([tail, head], 1);
  });
  const means = tf.unstack(tf.div(tf.addN(turned), contexts), 1);
  return Object.fromEntries(means.map((mean, k) => [`mode${k}`, mean]));
}

/** KL(q | data) of each member, from the flow's own density, `[M]`. */
function measureKl(params: Params, x1: Tensor, c: Tensor): Tensor {
  const logq = flowLogDensity(
    (xt, t) => mixtureFlow.velocity(params, xt, t, c),
    x1,
    { steps: densitySteps },
  );
  return sampleKl({ logq, logp: mixtureLogDensity(mixture, x1, c) });
}
