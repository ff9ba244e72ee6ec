import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { tf } from "../../lib/tf/backend.ts";
import {
  encodeSafetensors,
  readSafetensors,
} from "../../lib/data/safetensors.ts";
import { loadAudioEncoder } from "../../lib/pretrained/audio_encoder.ts";
import { readCTranslate2 } from "../../lib/pretrained/ctranslate2.ts";
import { maxDifference } from "./max_difference.ts";

/** The same tiny Whisper, by `transformers` and by CTranslate2's converter. */
const folder = fileURLToPath(
  new URL("fixtures/audio/whisper", import.meta.url),
);
const bytes = await Deno.readFile(`${folder}/model.bin`);

Deno.test("readCTranslate2() gives the hub's tensors, to half precision", async () => {
  const { tensors } = readCTranslate2(bytes);
  const hub = (await readSafetensors(`${folder}/model.safetensors`)).tensors;
  assertEquals(Object.keys(tensors).sort(), Object.keys(hub).sort());
  for (const [name, tensor] of Object.entries(tensors)) {
    assert(await maxDifference(tensor, hub[name]) < 2e-3, name);
  }
  tf.dispose([tensors, hub]);
});

Deno.test("the config of readCTranslate2() has the sizes of the hub's", async () => {
  const { config, tensors } = readCTranslate2(bytes);
  const text = await Deno.readTextFile(`${folder}/config.json`);
  const hub = JSON.parse(text);
  for (const [name, value] of Object.entries(config)) {
    assertEquals(value, hub[name], name);
  }
  tf.dispose(tensors);
});

Deno.test("what readCTranslate2() gives is a folder that loadAudioEncoder reads", async () => {
  const { config, tensors } = readCTranslate2(bytes);
  const made = await Deno.makeTempDir();
  await Deno.writeTextFile(`${made}/config.json`, JSON.stringify(config));
  await Deno.writeFile(
    `${made}/model.safetensors`,
    await encodeSafetensors(tensors),
  );
  const encoder = await loadAudioEncoder(made);
  await Deno.remove(made, { recursive: true });
  const { tensors: reference } = await readSafetensors(
    `${folder}/reference.safetensors`,
  );
  const states = encoder.encode(reference.features);
  assert(await maxDifference(states, reference.states) < 0.02);
  encoder.dispose();
  tf.dispose([tensors, reference, states]);
});

Deno.test("bytes that are no model.bin of Whisper are refused", () => {
  const refuses = (bytes: Uint8Array, message: string) => {
    const before = tf.memory().numTensors;
    assertThrows(() => readCTranslate2(bytes), RangeError, message);
    assertEquals(tf.memory().numTensors, before, message);
  };
  const changed = (at: number, value: number) => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  refuses(changed(0, 5), "version 6, got 5");
  refuses(changed(6, "V".charCodeAt(0)), 'a WhisperSpec, got "VhisperSpec"');
  for (let length = 0; length < bytes.length - 100; length += 37) {
    refuses(bytes.slice(0, length), `got ${length} bytes`);
  }
  const text = new TextDecoder("latin1").decode(bytes);
  const weight = text.indexOf("encoder/conv1/weight\0");
  const type = weight + "encoder/conv1/weight\0".length + 1 + 3 * 4;
  refuses(
    changed(type, 1),
    '"encoder/conv1/weight" of float16 or float32, got type 1',
  );
  refuses(
    changed(weight, "x".charCodeAt(0)),
    'a variable "encoder/conv1/weight"',
  );
});
