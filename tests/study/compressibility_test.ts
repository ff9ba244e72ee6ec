import { assertAlmostEquals, assertEquals } from "@std/assert";
import { frameOf } from "../../lib/experiments/pieces.ts";
import { report } from "../../lib/results/report.ts";
import { jpegBytes } from "../../lib/rewards/mod.ts";
import { compressibilityStudy } from "../../lib/study/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import {
  compressiblePicturesTask,
  disposePictureModels,
  loadPictureModels,
  pairAutoencoder,
} from "../../lib/tracks/mod.ts";
import { type Row } from "../../lib/train/row.ts";

const [orw, ours] = ["ORW-CFM-W2, tau 4", "ADRPO-FM"];

/** Rows in which files shrink the more, the smaller the coefficient is. */
function rowsOf(arms: [string, readonly number[]][], price: number): Row[] {
  return arms.flatMap(([method, grid]) =>
    grid.flatMap((coefficient) =>
      [0, 1, 2].flatMap((seed) =>
        [0, 5, 10].map((iteration): Row => {
          const gain = iteration / 10 / (1 + 10 * coefficient);
          const lost = price * gain - (method === ours ? 0.1 * gain : 0);
          return {
            ...{ task: "small files", method, coefficient, seed, iteration },
            ...{ alive: true, flaw: 0.1, reward: iteration ? gain : NaN },
            ...{ distance: 11 - lost + 0.01 * seed, right: 0.5 - lost / 10 },
          };
        })
      )
    )
  );
}

Deno.test("what is planted is what the study of small files finds, either way", async () => {
  const models = await loadPictureModels();
  const { experiment, claims, charts } = compressibilityStudy(models, "full");
  const arms = experiment.arms.map(({ method, grid }) =>
    [method.name, grid] as [string, readonly number[]]
  );
  assertEquals(arms.map(([name]) => name), [orw, ours]);
  const verdicts = (price: number) => {
    const run = {
      ...{ ...frameOf(experiment), shown: [], frontiers: [] },
      rows: rowsOf(arms, price),
    };
    const { verdicts, figures } = report(run, { claims, charts });
    assertEquals(Object.keys(figures).length, 2);
    return verdicts.map(({ verdict }) => verdict);
  };
  const [no, yes] = ["does not hold", "holds"];
  assertEquals(verdicts(2), [yes, yes, yes, yes, yes, yes]);
  // The rival's smallest files then are also the most diverse: its front is above.
  assertEquals(verdicts(-2), [yes, yes, no, no, no, no]);
  disposePictureModels(models);
});

Deno.test("each picture is paid by its own file", async () => {
  const models = await loadPictureModels();
  const { reward, measure, policy } = compressiblePicturesTask(models);
  if (typeof reward === "function") throw new Error("Expected a host's reward");
  const latents = tf.tidy(() =>
    tf.mul(normal(keys([3, 4]), [2, 288]), tf.tensor3d([0, 1, 2, 3], [2, 2, 1]))
  );
  const c = tf.zeros([2], "int32");
  const rewards = await reward.score(latents, c);
  const paid = (await rewards.array() as number[][]).flat();
  for (const [i, one] of tf.unstack(tf.reshape(latents, [4, 288])).entries()) {
    const pictures = pairAutoencoder.decode(models.autoencoder, one);
    const pixels = Uint8Array.from(
      await pictures.data(),
      (value) => Math.round(255 * Math.min(1, Math.max(0, value))),
    );
    const bytes = await jpegBytes(pixels, { height: 24, width: 48 });
    assertAlmostEquals(paid[i], 1.4 - bytes / 1000, 2e-3);
    tf.dispose([one, pictures]);
  }
  assertEquals(new Set(paid).size, 4);
  const params = policy.init(1);
  const columns = measure(params, {
    ...{ coefficient: tf.ones([1, 1, 1]), samples: 2, done: true },
  });
  const rewarded = Object.keys(columns).filter((name) =>
    /reward|Guid/.test(name)
  );
  assertEquals(rewarded, []); // What is paid is known of training's draws alone.
  tf.dispose([latents, c, rewards, params, columns]);
  disposePictureModels(models);
});
