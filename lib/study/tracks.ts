import { digitSumOf } from "../data/digit_sum.ts";
import { evenAngles, ringMixture } from "../data/mixture.ts";
import { type Run, type Task } from "../experiments/experiment.ts";
import { overReferences } from "../experiments/sweep.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { type Method } from "../methods/method.ts";
import { type Params } from "../models/params.ts";
import { loadReferences } from "../models/pretrained.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { type KeptExperiment } from "../results/report.ts";
import { gradedReward } from "../rewards/graded_reward.ts";
import { sumReward } from "../rewards/sum_reward.ts";
import { sumRewards, sumTask } from "../tracks/digit_sum.ts";
import {
  mixtureRewards,
  mixtureTask,
  mixtureTasks,
} from "../tracks/mixture.ts";
import { type Row } from "../train/row.ts";
import { flowMethods, languageMethods } from "./methods.ts";
import { methodsOn, type StudyTrack } from "./protocol.ts";

/** A track as the study runs it; the names are those of the protocol. */
export interface StudiedTrack<Signals> {
  readonly methods: readonly Method<Signals>[];
  /**
   * Makes each task, of one of its references, and of the policy that training starts
   * from, which is another for some.
   */
  readonly tasks: Readonly<
    Record<string, (reference: Params, start: Params) => Task<Signals>>
  >;
}

/** Contexts at every other of the eight angles that `mixture_angles` knows. */
const [trainedAngles, anglesBetween] = [0, 1].map((first) =>
  ringMixture(evenAngles(8).filter((_, i) => i % 2 === first))
);

/** Graded modes in a flow of another width. */
const gradedAt = (name: string): StudiedTrack<FlowVelocities>["tasks"] => ({
  [name]: (reference) =>
    mixtureTask(mixtureRewards.graded, reference, { name }),
});

/**
 * The tasks on flows: graded modes, its imperfect proxy, the first in flows of other
 * widths, and on half of the contexts, of which the other half is held out.
 */
export const flowStudy: StudiedTrack<FlowVelocities> = {
  methods: flowMethods,
  tasks: {
    graded: (reference) => mixtureTasks(reference).graded,
    hack: (reference) => mixtureTasks(reference).hack,
    ...gradedAt("width 16"),
    ...gradedAt("width 32"),
    ...gradedAt("width 128"),
    angles: (reference) =>
      mixtureTask(gradedReward(trainedAngles), reference, {
        name: "angles",
        heldOut: {
          mixture: anglesBetween,
          reward: gradedReward(anglesBetween),
        },
      }),
  },
};

/** Digit sums in a policy of some width. */
const sumsAt = (name: string): StudiedTrack<TokenSignals>["tasks"] => ({
  [name]: (reference) => sumTask(sumRewards.exact, reference, { name }),
});

/** A task on some of the 28 sums, of which others may be held out. */
function askedSums(
  name: string,
  targets: readonly number[],
  heldOut?: readonly number[],
): StudiedTrack<TokenSignals>["tasks"][string] {
  const of = (asked: readonly number[]) => {
    const sums = digitSumOf(asked);
    return { sums, reward: sumReward(sums) };
  };
  const { sums, reward } = of(targets);
  return (reference) =>
    sumTask(reward, reference, {
      ...{ name, sums },
      ...heldOut && { heldOut: of(heldOut) },
    });
}

/** A task on equal digits, which are paid half. */
const shortcut =
  (name: string): StudiedTrack<TokenSignals>["tasks"][string] =>
  (reference, start) =>
    sumTask(sumRewards.shortcut, reference, { name, start });

/**
 * The tasks on language policies: digit sums, from policies of other widths too; a local
 * optimum at three difficulties, and from a policy that is stuck in it; sums that are held
 * out; and sums of mixed difficulty.
 */
export const languageStudy: StudiedTrack<TokenSignals> = {
  methods: languageMethods,
  tasks: {
    ...sumsAt("digit sum"),
    ...sumsAt("width 4"),
    ...sumsAt("width 8"),
    ...sumsAt("width 16"),
    "local optimum": shortcut("local optimum"),
    "local optimum, medium": shortcut("local optimum, medium"),
    "local optimum, hard": shortcut("local optimum, hard"),
    "stuck in it": shortcut("stuck in it"),
    "held-out sums": askedSums(
      "held-out sums",
      [8, 11, 16, 19],
      [4, 10, 13, 14, 17, 22],
    ),
    "mixed sums": askedSums("mixed sums", [1, 4, 13, 22]),
  },
};

/**
 * The tasks of a track over their references, which are loaded and stay as long as the
 * process.
 *
 * @param protocol The track of the protocol, which names the models.
 * @param studied The track as it is run.
 * @param name The name of the task.
 * @returns A task a reference.
 * @throws {RangeError} If a model is missing.
 *
 * @example
 * ```ts
 * import { flowStudy, readProtocol, studyTasks } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { tracks: { flow } } = await readProtocol();
 * const graded = await studyTasks(flow, flowStudy, "graded");
 * assertEquals(graded.map(({ reference }) => reference), [0, 1, 2, 3]);
 * ```
 */
export async function studyTasks<Signals>(
  protocol: StudyTrack,
  { tasks }: StudiedTrack<Signals>,
  name: string,
): Promise<Task<Signals>[]> {
  const { title, model, start = model } = protocol.tasks[name];
  const references = await loadReferences(model);
  const starts = start === model ? references : await loadReferences(start);
  const pairs = references.map((reference, i) =>
    [reference, starts[i]] as const
  );
  return overReferences(pairs, (pair) => ({ ...tasks[name](...pair), title }));
}

/**
 * The methods that the protocol runs on a task of a track.
 *
 * @param protocol The track of the protocol.
 * @param studied The track as it is run.
 * @param name The name of the task.
 * @returns The methods, in their order.
 * @throws {RangeError} If the protocol has one that is not built.
 */
export function studyMethods<Signals>(
  protocol: StudyTrack,
  { methods }: StudiedTrack<Signals>,
  name: string,
): Method<Signals>[] {
  return methodsOn(protocol.methods, name)
    .filter(([, { stops }]) => !stops)
    .map(([name]) => {
      const found = methods.find((method) => method.name === name);
      if (!found) {
        throw new RangeError(
          `Expected a method of the study, one of ${
            methods.map(({ name }) => name).join("; ")
          }, got "${name}" of the protocol`,
        );
      }
      return found;
    });
}

/**
 * The kept rows of a study as a run, for charts of one's own. What was shown, and the
 * exact frontiers, are not kept.
 *
 * @param kept What {@linkcode loadStudy} read.
 * @param protocol The track of the protocol.
 * @param studied The track as it is run.
 * @returns The run, without early stopping.
 */
export function studyRun<Signals>(
  kept: KeptExperiment,
  { tasks }: StudyTrack,
  { methods }: StudiedTrack<Signals>,
): Run {
  const { experiment, scale, config, rows } = kept;
  return {
    ...{ experiment, config, rows: rows as Row[] },
    scale: scale as Run["scale"],
    ...{ shown: [], frontiers: [] },
    tasks: Object.fromEntries(
      Object.entries(tasks).map(([name, { title }]) => [name, title]),
    ),
    methods: Object.fromEntries(
      methods.map(({ name, coefficient, look }) => [
        name,
        { coefficient, look },
      ]),
    ),
  };
}
