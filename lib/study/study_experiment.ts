import { type Experiment, type Task } from "../experiments/experiment.ts";
import { type Scale } from "../experiments/scale.ts";
import { type Arm, arm, type Method } from "../methods/method.ts";
import { meant } from "../results/rows.ts";
import { assertKnown } from "../tf/check.ts";
import { type Protocol, type StudyMethod } from "./protocol.ts";

/** What a study runs, beside what its protocol fixes. */
export interface StudyParts<Signals> {
  /** The experiment's name. */
  name: string;
  /** How large it is; a `smoke` run is a part of the study with other numbers. */
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
 * It is the whole study where all tasks, methods and references are given, and else a
 * part of it with the same numbers: each reference has its own seeds. A `smoke` run has
 * two seeds a reference, ten iterations, and the ends of each grid.
 *
 * @param protocol The protocol; see {@linkcode readProtocol}.
 * @param track The name of the track.
 * @param parts The tasks and methods.
 * @returns The experiment for {@linkcode run}.
 * @throws {RangeError} If the protocol has no such track, task or method.
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
