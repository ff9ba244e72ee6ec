import { countMembers, type Params } from "../models/params.ts";
import { tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { columnsToRows } from "./columns.ts";
import { type Task } from "./experiment.ts";

/**
 * Measures members as a run does at its end, such as those that a study kept.
 *
 * @param task The task; a measure that needs a coefficient is given 0.
 * @param params Parameters of M members; they stay.
 * @param samples Answers to each prompt to measure on, where measures are not exact; 256
 * when left out.
 * @returns M rows, `{ member, ...measures }`.
 *
 * @example
 * ```ts
 * import { loadPretrained, measureMembers, sumRewards, sumTask, tf } from "kit";
 * import { assert } from "@std/assert";
 *
 * const rough = await loadPretrained("language_rough");
 * const task = sumTask(sumRewards.exact, rough, { name: "digit sum" });
 * const [{ reward }] = await measureMembers(task, rough);
 * assert(Number(reward) > 0.1);
 * task.dispose();
 * tf.dispose(rough);
 * ```
 */
export async function measureMembers<Signals>(
  task: Pick<Task<Signals>, "measure">,
  params: Params,
  samples = 256,
): Promise<Row[]> {
  const members = countMembers(params);
  const columns = tf.tidy(() => ({
    ...task.measure(params, {
      ...{ coefficient: tf.zeros([members, 1, 1]), samples, done: true },
    }),
  }));
  return await columnsToRows(columns);
}
