import { type Experiment, type Task } from "../experiments/experiment.ts";
import { type Scale } from "../experiments/scale.ts";
import { type Arm, arm, type Method } from "../methods/method.ts";
import { meant } from "../results/rows.ts";
import { assertKnown } from "../tf/check.ts";
import {
  type Protocol,
  type StudyMethod,
  type StudyTrack,
} from "./protocol.ts";

/** What a study runs, beside what its protocol fixes. */
export interface StudyParts<Signals> {
  /** The experiment's name. */
  name: string;
  /** How large it is: `full` is the study, the others are parts of it. */
  scale: Scale;
  /** The tasks over the references, of the names that the protocol has. */
  tasks: readonly Task<Signals>[];
  /** The methods, of the names that the protocol has. */
  methods: readonly Method<Signals>[];
}

/**
 * The experiment that a protocol fixes, of a track: grids, learning rates, updates,
 * seeds and horizon are the protocol's.
 *
 * At the scale `laptop` it is a part of the study, with the same numbers throughout:
 * those methods and references that are given, each reference with its own seeds. A
 * `smoke` run has two seeds a reference, ten iterations, and the ends of each grid.
 *
 * @param protocol The protocol; see {@linkcode readProtocol}.
 * @param track The name of the track.
 * @param parts The tasks and methods.
 * @returns The experiment for {@linkcode run}; by XLA at the scale `full`.
 * @throws {RangeError} If the protocol has no such track, task or method; or, at the
 * scale `full`, if a method or a reference of the track is missing.
 *
 * @example
 * ```ts
 * import {
 *   adrpo,
 *   flow,
 *   loadReferences,
 *   mixtureTasks,
 *   overReferences,
 *   readProtocol,
 *   studyExperiment,
 *   tf,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const references = await loadReferences("mixture_flow", 1);
 * const experiment = studyExperiment(await readProtocol(), "flow", {
 *   name: "a_part",
 *   scale: "laptop",
 *   tasks: overReferences(references, (at) => mixtureTasks(at).graded),
 *   methods: [adrpo(flow)],
 * });
 * assertEquals(experiment.seeds.length, 5); // those of one reference
 * tf.dispose(references);
 * ```
 */
export function studyExperiment<Signals>(
  protocol: Protocol,
  track: string,
  parts: StudyParts<Signals>,
): Experiment<Signals> {
  assertKnown("the parts of studyExperiment", parts, [
    ...["name", "scale", "tasks", "methods"],
  ]);
  const { name, scale, tasks, methods } = parts;
  const own = known("track", track, protocol.tracks);
  for (const { name } of tasks) known("task", name, own.tasks);
  const references = Math.max(...tasks.map(({ reference = 0 }) => reference)) +
    1;
  if (scale === "full") assertWhole(own, methods, references);
  const smoke = scale === "smoke";
  const { iterations, evaluateEvery } = own.horizon;
  return {
    name,
    scale,
    tasks,
    arms: methods.map((method) =>
      armOf(method, known("method", method.name, own.methods), {
        tasks,
        ends: smoke,
      })
    ),
    seeds: own.seeds.confirmation.slice(0, references)
      .flatMap((seeds) => smoke ? seeds.slice(0, 2) : seeds),
    budget: {
      ...own.budget,
      ...smoke
        ? { iterations: 10, evaluateEvery: 5, evaluationSamples: 32 }
        : { iterations, evaluateEvery },
      // Each arm has its own; these are of one that has none.
      ...{ learningRate: 1e-3, updates: 2 },
    },
    xla: scale === "full",
  };
}

/** A method's sweep as the protocol has it, on those of its tasks that are run. */
function armOf<Signals>(
  method: Method<Signals>,
  { grid = [], learningRate, updates, on }: StudyMethod,
  { tasks, ends }: { tasks: readonly Task<Signals>[]; ends: boolean },
): Arm<Signals> {
  const names = new Set(tasks.map(({ name }) => name));
  return arm(method, ends ? [...new Set([grid[0], grid.at(-1)!])] : grid, {
    on: on?.filter((task) => names.has(task)),
    tuned: { learningRate, updates },
  });
}

function assertWhole<Signals>(
  { methods, seeds: { confirmation } }: StudyTrack,
  given: readonly Method<Signals>[],
  references: number,
): void {
  if (references !== confirmation.length) {
    throw new RangeError(
      `Expected the tasks of a full study over ${confirmation.length} references, got ${references}`,
    );
  }
  const run = Object.keys(methods).filter((name) => !methods[name].stops);
  const missing = run.find((name) =>
    !given.some((method) => method.name === name)
  );
  if (missing) {
    throw new RangeError(
      `Expected the methods of a full study to be all of the protocol's, got no "${missing}"`,
    );
  }
}

function known<T>(
  what: string,
  name: string,
  all: Readonly<Record<string, T>>,
): T {
  if (Object.hasOwn(all, name)) return all[name];
  const names = Object.keys(all);
  throw new RangeError(
    `Expected a ${what} of the protocol, one of ${
      names.join("; ")
    }, got "${name}"${meant(name, names)}`,
  );
}
