import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow, orwCfmW2 } from "../../lib/methods/mod.ts";
import { atEnd } from "../../lib/results/rows.ts";
import { loadExperiment } from "../../lib/results/kept_experiments.ts";
import { above } from "../../lib/results/rules.ts";
import { eachSeed } from "../../lib/results/per_seed.ts";
import {
  readTrials,
  runTrackStudy,
  type TrackStudy,
} from "../../lib/study/mod.ts";
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
      assertEquals(trained, [["ADRPO-FM", 4, join(runs, "adapters", name)]]);
      const { rows, verdicts } = await loadExperiment(folder!);
      // Two settings, two seeds, measured at 0, 2 and 4, and what was added.
      assertEquals(rows.length, 13);
      assertEquals(rows.at(-1)?.method, "nothing");
      assertEquals(verdicts.map(({ claim }) => claim), ["It moves"]);
      const trials = await readTrials(join(folder!, "tuning.csv"));
      assertEquals(trials.map(({ chosen }) => chosen), [false, true]);
    });
  } finally {
    await Deno.remove(join(runs, "results", name), { recursive: true })
      .catch(() => {});
  }
});

Deno.test("a study that processes share has the rows and the verdicts of the whole; the last of them writes it", async () => {
  const name = "shared_study_test";
  const runs = runsDir("smoke");
  const task = smallTask({
    name: "shared study",
    measure: (params) => ({
      reward: tf.sum(tf.square(params["output/kernel"]), [1, 2]) as Tensor,
      spread: tf.ones([params["output/kernel"].shape[0]]) as Tensor,
    }),
  });
  const other = { ...task, name: "shared study 2" };
  const study: TrackStudy<FlowVelocities> = {
    experiment: {
      ...{ name, scale: "smoke", tasks: [task, other], seeds: [0, 1], budget },
      arms: [
        arm(adrpo(flow), [0.2, 0.5]),
        arm(orwCfmW2({ tau: 1 }), [0.1], { on: ["shared study"] }),
      ],
    },
    tuning: {
      candidates: [
        { learningRate: 0.01, updates: 1 },
        { learningRate: 0.03, updates: 2 },
      ],
      ...{ seeds: [1000], diversity: "spread" },
    },
    ...{ claims: [], charts: {} },
  };
  const folder = join(runs, "results", name);
  const remove = (path: string) =>
    Deno.remove(path, { recursive: true }).catch(() => {});
  try {
    await withoutKept("shared_study", async () => {
      await runTrackStudy(study);
      const whole = await loadExperiment(folder!);
      const tuning = await readTrials(join(folder!, "tuning.csv"));
      await remove(folder);
      const of = 3;
      assertEquals(
        await runTrackStudy(study, { part: { index: 3, of } }),
        undefined,
      );
      assertEquals(
        await runTrackStudy(study, { part: { index: 1, of } }),
        undefined,
      );
      assertEquals(
        await runTrackStudy(study, { part: { index: 2, of } }),
        folder,
      );
      const shared = await loadExperiment(folder!);
      assertEquals(shared.rows, whole.rows);
      assertEquals(shared.config, whole.config);
      assertEquals(shared.summary, whole.summary);
      assertEquals(
        (await readTrials(join(folder!, "tuning.csv"))).length,
        tuning.length,
      );
      for (const part of [{ index: 4, of: 3 }, { index: 1, of: 4 }]) {
        await assertRejects(() => runTrackStudy(study, { part }), RangeError);
      }
    });
  } finally {
    await remove(folder);
    await remove(join(runs, "parts"));
  }
});
