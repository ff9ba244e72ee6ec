import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { miniatureSd3, writeRandomSd3 } from "../../lib/bench/random_sd3.ts";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { loadFlowSchedule } from "../../lib/pretrained/pictures/flow_schedule.ts";
import { loadVelocityTransformer } from "../../lib/pretrained/pictures/velocity_transformer.ts";
import { tf } from "../../lib/tf/backend.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a random Stable Diffusion 3 is a pipeline that the kit loads", () =>
  inFolder(async (folder) => {
    await writeRandomSd3(folder, {
      ...miniatureSd3,
      ...{ num_layers: 2, attention_head_dim: 8, caption_projection_dim: 32 },
    });
    const transformer = join(folder, "transformer");
    const sd3 = await loadVelocityTransformer(transformer);
    const schedule = await loadFlowSchedule(join(folder, "scheduler"));
    assertEquals(sd3.className, "SD3Transformer2DModel");
    assertEquals(schedule.times(2).sigmas.length, 3);
    sd3.dispose();
    const { tensors } = await readSafetensors(
      join(transformer, "diffusion_pytorch_model.safetensors"),
    );
    const seen = new Set<number>();
    for (const [name, tensor] of Object.entries(tensors)) {
      const values = await tensor.data();
      assert(values.some((value) => value !== 0), name);
      assert(!seen.has(values[0]), `${name} is another's copy`);
      seen.add(values[0]);
    }
    tf.dispose(tensors);
  }));
