import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import { adrpo, arm, flow } from "../../lib/methods/mod.ts";
import { atEnd } from "../../lib/results/rows.ts";
import { loadExperiment } from "../../lib/results/kept_experiments.ts";
import { above } from "../../lib/results/rules.ts";
import { eachSeed } from "../../lib/results/per_seed.ts";
import { readTrials, runTrackStudy } from "../../lib/study/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { budget, smallTask, withoutKept } from "../experiments/small_task.ts";

Deno.test("the study of a track is tuned, run, judged and written, and hands out what it trained", async () => {
  const name = "track_study_test";
  const runs = runsDir("smoke");
  const task = smallTask({
    name: "track study",
    measure: (params) => {
      const sum = tf.sum(tf.square(params["output/kernel"]), [1, 2]) as Tensor;
      return { reward: sum, spread: tf.add(tf.mul(0, sum), 2) };
    },
  });
  const trained: [string, number, string][] = [];
  try {
    await withoutKept("track_study", async () => {
      const folder = await runTrackStudy({
        experiment: {
          ...{ name, scale: "smoke", seeds: [0, 1], budget },
          tasks: [task, smallTask({ ...task, name: "another" })],
          arms: [arm(adrpo(flow), [0.2, 0.5], { on: ["track study"] })],
        },
        tuning: {
          candidates: [
            { learningRate: 1e-9, updates: 1 },
            { learningRate: 0.03, updates: 2 },
          ],
          ...{ seeds: [1000], diversity: "spread" },
        },
        claims: [{
          claim: "It moves",
          quotes: "of this test",
          statistic: "reward at the end",
          rule: above(0),
          cases: [{ task: "track study", method: "ADRPO-FM" }],
          measure: (rows) =>
            eachSeed(atEnd(rows), ([{ reward }]) => Number(reward)),
        }],
        charts: {},
        complete: (run) =>
          Promise.resolve({
            ...run,
            rows: [...run.rows, { ...run.rows[0], method: "nothing" }],
          }),
        keep({ method, members, params }, folder) {
          trained.push([method, members.length, folder]);
          assertEquals(Object.values(params)[0].shape[0], members.length);
          return Promise.resolve();
        },
      });
      assertEquals(folder, join(runs, "results", name));
      assertEquals(trained, [["ADRPO-FM", 4, join(runs, "models", name)]]);
      const { rows, verdicts } = await loadExperiment(folder);
      // Two settings, two seeds, measured at 0, 2 and 4, and what was added.
      assertEquals(rows.length, 13);
      assertEquals(rows.at(-1)?.method, "nothing");
      assertEquals(verdicts.map(({ claim }) => claim), ["It moves"]);
      const trials = await readTrials(join(folder, "tuning.csv"));
      assertEquals(trials.map(({ chosen }) => chosen), [false, true]);
    });
  } finally {
    await Deno.remove(join(runs, "results", name), { recursive: true })
      .catch(() => {});
  }
});
