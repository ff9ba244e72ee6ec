import { type Forecast } from "../policies/policy.ts";
import { type Experiment } from "./experiment.ts";
import { armsOn } from "./pieces.ts";
import { seedsOf } from "./sweep.ts";

/**
 * Forecasts what all iterations of an experiment take, without its measures.
 *
 * @param experiment The experiment.
 * @returns The most bytes at once and the seconds in all; nothing where a policy does not
 * know.
 */
export async function forecastRun<Signals>(
  experiment: Experiment<Signals>,
): Promise<Forecast | undefined> {
  const { tasks, budget: { iterations, perContext, updates } } = experiment;
  const all = { bytes: 0, seconds: 0 };
  for (const task of tasks) {
    for (const { grid, tuned } of armsOn(task, experiment)) {
      const forecast = await task.policy.forecast?.({
        members: grid.length * seedsOf(task, experiment).length,
        perContext,
        updates: tuned?.updates ?? updates,
      });
      if (!forecast) return undefined;
      all.bytes = Math.max(all.bytes, forecast.bytes);
      all.seconds += iterations * forecast.seconds;
    }
  }
  return all;
}
