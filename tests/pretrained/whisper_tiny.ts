/**
 * The real Whisper tiny.en against CTranslate2. Not among the tests that always run, as
 * it takes a download:
 *
 *     deno task model whisper
 *     deno task test tests/pretrained/whisper_tiny.ts
 *
 * @module
 */

import { assert } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { loadAudioEncoder } from "../../lib/pretrained/sound/audio_encoder.ts";
import { logMel } from "../../lib/pretrained/sound/log_mel.ts";
import { cacheDir } from "../../lib/setup/cache.ts";
import { tf } from "../../lib/tf/backend.ts";
import { maxDifference } from "./max_difference.ts";

const fixture = async (name: string) =>
  (await readSafetensors(
    fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url)),
  )).tensors;

Deno.test("Whisper tiny.en: the states of a clip are those of CTranslate2", async () => {
  const encoder = await loadAudioEncoder(
    join(cacheDir(), "models/whisper/model.bin"),
  );
  const sound = await fixture("sound");
  const kept = await fixture("whisper_tiny");
  const samples = sound.short.dataSync() as Float32Array;
  const features = logMel(samples, { sampleRate: 16_000, mels: 80 });
  const states = encoder.encode(features);
  const each50th = tf.stridedSlice(states, [0, 0, 0], [1, 1500, 384], [
    1,
    50,
    1,
  ]);
  const expected = kept.states.expandDims(0);
  const difference = await maxDifference(each50th, expected);
  console.log(`states differ by at most ${difference}`);
  assert(difference < 4e-4);
  encoder.dispose();
  tf.dispose([sound, kept, features, states, each50th, expected]);
});
