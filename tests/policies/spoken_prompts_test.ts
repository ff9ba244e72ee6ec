import { assert } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import {
  adrpo,
  initOnline,
  onlineStep,
  tokens,
  withinBeta0,
} from "../../lib/methods/mod.ts";
import { languagePolicy } from "../../lib/policies/language.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import { withHeard } from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { loadAudioLanguageModel } from "../../lib/pretrained/sound/audio_language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { train } from "../../lib/train/train.ts";

const folder = fileURLToPath(
  new URL("../pretrained/fixtures/audio/qwen2_audio", import.meta.url),
);

Deno.test("ADRPO-GRPO teaches an answer to each of two clips whose prompts are written alike", async () => {
  const before = tf.memory().numTensors;
  const model = await loadAudioLanguageModel(folder);
  const { tensors } = await readSafetensors(`${folder}/reference.safetensors`);
  const frames = [32, 32];
  const heard = model.hear(tensors.clips, frames);
  const listening = withHeard(model.language, heard);
  const written = [5, model.audioToken, 9];
  const prompts = padPrompts(model.place([written, written], frames));
  const seeds = keys([9]);
  const start = initAdapters(listening, seeds, {
    ...{
      rank: 4,
      alpha: 8,
      targets: ["q_proj", "v_proj", "o_proj", "down_proj"],
    },
  });
  const policy = languagePolicy({
    ...{ model: listening, start, prompts, maxTokens: 1 },
  });
  // After the first clip and the second: a seventh of the answers at first.
  const wanted = tf.tensor1d([17, 18], "int32");
  const reward = (answers: Tensor, clips: Tensor) =>
    tf.tidy(() => {
      const right = tf.expandDims(tf.gather(wanted, clips), -1);
      return tf.mean(tf.cast(tf.equal(answers, right), "float32"), -1);
    });
  const coefficient = tf.fill([1, 1, 1], 0.04);
  const online = {
    ...{
      policy,
      method: adrpo(tokens(), { clip: withinBeta0(1) }),
      coefficient,
      seeds: [0],
    },
    budget: {
      ...{ perContext: 64, updates: 1, learningRate: 0.01, clipNorm: 1 },
      divergedAbove: 1e6,
    },
  };
  const { state, logs } = await train({
    state: initOnline(online),
    step: onlineStep(online, reward),
    iterations: 60,
    logEvery: 10,
  });
  const rewards = logs.map(({ reward }) => reward as number);
  // Deaf, it could not be right after both: half at most.
  assert(rewards[0] < 0.5 && rewards.at(-1)! > 0.9, `${rewards}`);
  model.dispose();
  tf.dispose([
    tensors,
    heard,
    prompts,
    seeds,
    start,
    wanted,
    coefficient,
    state,
  ]);
  assert(tf.memory().numTensors === before, "leaked");
});
