import { type RingMixture } from "../data/mixture.ts";
import { type Task } from "../experiments/experiment.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { tiltedFrontier } from "../metrics/tilted_frontier.ts";
import { tiltedModeShares } from "../metrics/tilted_mode_shares.ts";
import { type Params } from "../models/params.ts";
import { flowPolicy } from "../policies/flow.ts";
import { gradedReward } from "../rewards/graded_reward.ts";
import { hackReward, trueReward } from "../rewards/hack_reward.ts";
import { plateauReward } from "../rewards/plateau_reward.ts";
import { type Reward } from "../rewards/reward.ts";
import { tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { type Row } from "../train/row.ts";
import { flowSignals } from "./flow_signals.ts";
import { heldOutColumns } from "./held_out.ts";
import { mixture, mixtureFlowOf } from "./mixture_flow.ts";
import {
  drawMixtureSamples,
  evaluateMixture,
  relativeShares,
} from "./mixture_measures.ts";

/** The rewards of the 2-D experiments. */
export const mixtureRewards: Record<"graded" | "plateau" | "hack", Reward> = {
  graded: gradedReward(mixture),
  plateau: plateauReward(mixture),
  hack: hackReward(mixture),
};

/** What a task on the mixture is called, and what its reward stands for. */
export interface MixtureTaskOptions {
  /** The task's name in rows and files. */
  name: string;
  /** What it is, in a few words; the name when left out. */
  title?: string;
  /** What the reward stands for, if it is a proxy; the reward itself when left out. */
  honest?: Reward;
  /**
   * Contexts that are measured and never fine-tuned, and what their samples are paid:
   * for a flow whose contexts are angles.
   */
  heldOut?: { mixture: RingMixture; reward: Reward };
}

/**
 * The task of fine-tuning the mixture's flow on a reward.
 *
 * @param reward The reward, of samples `[M, N, 2]` and their contexts int32 `[N]`.
 * @param reference The parameters of {@linkcode mixtureFlow}, of any width, or of
 * {@linkcode angleFlow}; they stay.
 * @param options The task's name, what the reward stands for, and contexts held out.
 * @returns The task, whose measures are those of {@linkcode evaluateMixture} and of
 * {@linkcode flowSignals}, and those of the former over the contexts held out, with
 * `HeldOut` after each name. It shows 200 samples of the first context, `{ x, y }`.
 * Its frontier has, for each lambda, `reward`, `kl`, `modeEntropy` and the exact
 * shares of the modes, `mode0` ... `mode7`.
 * @throws {TypeError} If the reward is no function, an option has an unknown name, or
 * the reference does not know the contexts.
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
    "heldOut",
  ]);
  const { name, title, honest, heldOut } = options;
  const flow = { model: mixtureFlowOf(reference, mixture), reference };
  if (heldOut) mixtureFlowOf(reference, heldOut.mixture); // It must know them.
  return {
    name,
    title,
    policy: flowPolicy(flow, { sampleSteps: 10 }),
    reward,
    measure(params, { samples, done }) {
      const at = { perContext: samples, exact: done };
      return {
        ...evaluateMixture(params, { reward, honest, ...at }),
        ...heldOut &&
          heldOutColumns(evaluateMixture(params, { ...heldOut, ...at })),
      };
    },
    signals: flowSignals(flow, reward),
    show: showSamples,
    frontier: () => exactFrontier(reward),
  };
}

/**
 * The three tasks of the 2-D experiments: graded modes, three equally good modes, and
 * an imperfect proxy of graded modes that also pays off the data.
 *
 * @param reference The parameters of {@linkcode mixtureFlow}, of any width; they stay.
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
    return relativeShares(mixture, tiltedModeShares(mixture, reward, etas));
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
