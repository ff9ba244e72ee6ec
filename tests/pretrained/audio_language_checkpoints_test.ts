import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  encodeSafetensors,
  readSafetensors,
} from "../../lib/data/safetensors.ts";
import { readAudioLanguageConfig } from "../../lib/pretrained/sound/audio_language_config.ts";
import { loadAudioLanguageModel } from "../../lib/pretrained/sound/audio_language_model.ts";
import { tf } from "../../lib/tf/backend.ts";
import { folderOf, referenceOf } from "./audio_fixtures.ts";
import { maxDifference } from "./max_difference.ts";

/** A copy of a fixture, with its config and its names changed, for the time of a check. */
async function withChanged(
  name: string,
  change: {
    config?: (config: Record<string, unknown>) => Record<string, unknown>;
    rename?: (name: string) => string;
  },
  check: (folder: string) => Promise<unknown>,
) {
  const { config = (same) => same, rename = (same) => same } = change;
  const folder = await Deno.makeTempDir();
  const from = folderOf(name);
  const { tensors } = await readSafetensors(`${from}/model.safetensors`);
  const renamed = Object.entries(tensors)
    .map(([name, tensor]) => [rename(name), tensor]);
  const json = JSON.parse(await Deno.readTextFile(`${from}/config.json`));
  await Deno.writeTextFile(
    `${folder}/config.json`,
    JSON.stringify(config(json)),
  );
  await Deno.writeFile(
    `${folder}/model.safetensors`,
    await encodeSafetensors(Object.fromEntries(renamed)),
  );
  tf.dispose(tensors);
  try {
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How far logits are from those of a fixture. */
async function differenceOf(folder: string, name: string): Promise<number> {
  const model = await loadAudioLanguageModel(folder);
  const { text, textLogits, ...rest } = await referenceOf(name);
  const logits = model.language.logits(text);
  const difference = await maxDifference(logits, textLogits);
  model.dispose();
  tf.dispose([text, textLogits, rest, logits]);
  return difference;
}

Deno.test("the thinker is found in the whole of Qwen2.5-Omni", async () => {
  const change = {
    config: (thinker_config: unknown) => ({
      model_type: "qwen2_5_omni",
      thinker_config,
    }),
    rename: (name: string) => `thinker.${name}`,
  };
  await withChanged("qwen2_5_omni", change, async (folder) => {
    assert(await differenceOf(folder, "qwen2_5_omni") < 5e-5);
  });
});

Deno.test("the names of transformers 5 in memory are known too", async () => {
  const rename = (name: string) =>
    name.replace(
      /^language_model\.(model|lm_head)/,
      (_, part) => part === "model" ? "model.language_model" : part,
    )
      .replace(/^(audio_tower|multi_modal)/, "model.$1");
  await withChanged("qwen2_audio", { rename }, async (folder) => {
    assert(await differenceOf(folder, "qwen2_audio") < 5e-5);
  });
});

Deno.test("the real configurations are read, with what they leave out", () => {
  // As published: the text part of Qwen2-Audio-7B names what is not usual alone.
  const audio7b = readAudioLanguageConfig({
    model_type: "qwen2_audio",
    audio_config: { model_type: "qwen2_audio_encoder" },
    text_config: {
      ...{
        model_type: "qwen2",
        intermediate_size: 11_008,
        vocab_size: 156_032,
      },
      ...{ max_position_embeddings: 8192, rms_norm_eps: 1e-5 },
    },
    audio_token_index: 151_646,
  });
  assertEquals(audio7b.audio.width, 1280);
  assertEquals(audio7b.text.hidden_size, 4096);
  assertEquals(audio7b.text.intermediate_size, 11_008);
  assertEquals([audio7b.window, audio7b.audioToken], [undefined, 151_646]);
  const omni = readAudioLanguageConfig({
    model_type: "qwen2_5_omni",
    thinker_config: {
      model_type: "qwen2_5_omni_thinker",
      audio_config: { model_type: "qwen2_5_omni_audio_encoder" },
      text_config: { model_type: "qwen2_5_omni_text" },
    },
  });
  assertEquals([omni.window, omni.audioToken], [100, 151_646]);
  assertEquals([omni.text.hidden_size, omni.text.model_type], [3584, "qwen2"]);
});

Deno.test("another model is refused, and nothing is left", async () => {
  const before = tf.memory().numTensors;
  const refuses = async (folder: string, message: string) => {
    await assertRejects(
      () => loadAudioLanguageModel(folder),
      RangeError,
      message,
    );
    assertEquals(tf.memory().numTensors, before, message);
  };
  await refuses(folderOf("whisper"), 'got model_type "whisper"');
  const missing = (lost: string) => ({
    rename: (name: string) => name === lost ? "lost" : name,
  });
  for (
    const lost of [
      "language_model.model.norm.weight",
      "audio_tower.layers.1.fc2.bias",
      "multi_modal_projector.linear.bias",
    ]
  ) {
    const check = (folder: string) => refuses(folder, `"${lost}"`);
    await withChanged("qwen2_audio", missing(lost), check);
  }
});
