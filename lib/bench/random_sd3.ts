import { join } from "node:path";
import { writeText } from "../data/files.ts";
import { writeSafetensors } from "../data/safetensors.ts";
import { velocityArchitecture } from "../pretrained/pictures/velocity_transformer.ts";
import { tf } from "../tf/backend.ts";
import { keys, normal } from "../tf/random.ts";

/** Stable Diffusion 3 in miniature: its patches, channels and heads, of which it has fewer. */
export const miniatureSd3 = {
  _class_name: "SD3Transformer2DModel",
  sample_size: 32,
  patch_size: 2,
  in_channels: 16,
  out_channels: 16,
  num_layers: 6,
  attention_head_dim: 64,
  num_attention_heads: 4,
  joint_attention_dim: 256,
  caption_projection_dim: 256,
  pooled_projection_dim: 128,
  pos_embed_max_size: 16,
};

const scheduler = {
  _class_name: "FlowMatchEulerDiscreteScheduler",
  num_train_timesteps: 1000,
  shift: 3,
};

/**
 * Writes a Stable Diffusion 3 of random weights as diffusers lays it out: `scheduler`, and
 * `transformer`, whose `config.json` is written last.
 *
 * @param folder Where.
 * @param config The transformer's configuration.
 */
export async function writeRandomSd3(
  folder: string,
  config: Readonly<Record<string, unknown>> = miniatureSd3,
): Promise<void> {
  const { shapes } = velocityArchitecture(config);
  const weights = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => {
        const inputs = shape.slice(1).reduce((product, n) => product * n, 1);
        const spread = shape.length > 1 ? 1 / Math.sqrt(inputs) : 0.1;
        const values = tf.squeeze(normal(keys([i]), shape), [0]);
        return [name, tf.mul(values, spread)];
      }),
    )
  );
  const transformer = join(folder, "transformer");
  try {
    await writeSafetensors(
      join(transformer, "diffusion_pytorch_model.safetensors"),
      weights,
      { format: "pt" },
    );
  } finally {
    tf.dispose(weights);
  }
  await writeJson(join(folder, "scheduler/scheduler_config.json"), scheduler);
  await writeJson(join(transformer, "config.json"), config);
}

const writeJson = (path: string, value: unknown) =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`);
