import { shortHash } from "./code_version.ts";
import { assertRunnable } from "./door.ts";
import { type Experiment } from "./experiment.ts";
import { armsOn } from "./pieces.ts";
import { compileMeasures, withPopulation } from "./population.ts";

/**
 * Tells, without running it, what decides the rows of an experiment: a hash a
 * population, by task, then by arm, of the same things that name its checkpoint.
 */
export async function identify<Signals>(
  experiment: Experiment<Signals>,
): Promise<string[]> {
  await assertRunnable(experiment);
  const hashes: string[] = [];
  for (const task of experiment.tasks) {
    using measures = compileMeasures(
      task,
      experiment.budget.evaluationSamples,
    );
    for (const arm of armsOn(task, experiment)) {
      hashes.push(
        await withPopulation(
          experiment,
          { task, arm, measures },
          ({ identity }) => Promise.resolve(shortHash(identity)),
        ),
      );
    }
  }
  return hashes;
}
