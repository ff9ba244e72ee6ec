import { assert, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { openWeights } from "../../lib/pretrained/checkpoints/weights.ts";
import { loadAudioEncoder } from "../../lib/pretrained/sound/audio_encoder.ts";
import { tf } from "../../lib/tf/backend.ts";
import { maxDifference } from "./max_difference.ts";

/** The same tiny Whisper, by `transformers` and, in half precision, by CTranslate2. */
const folder = fileURLToPath(
  new URL("fixtures/audio/whisper", import.meta.url),
);
const path = `${folder}/model.bin`;

Deno.test("CTranslate2's model.bin has the hub's tensors, to half precision", async () => {
  const weights = await openWeights(path);
  const hub = (await readSafetensors(`${folder}/model.safetensors`)).tensors;
  assertEquals(weights.names.toSorted(), Object.keys(hub).sort());
  for (const [name, expected] of Object.entries(hub)) {
    const tensor = await weights.read(name, expected.shape);
    assert(await maxDifference(tensor, expected) < 2e-3, name);
    tensor.dispose();
  }
  weights.close();
  tf.dispose(hub);
});

Deno.test("the config of a model.bin has the sizes of the hub's", async () => {
  const weights = await openWeights(path);
  const hub = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
  for (const [name, value] of Object.entries(weights.config)) {
    assertEquals(value, hub[name], name);
  }
  weights.close();
});

Deno.test("loadAudioEncoder() reads a model.bin", async () => {
  const encoder = await loadAudioEncoder(path);
  const { tensors } = await readSafetensors(
    `${folder}/reference.safetensors`,
  );
  const states = encoder.encode(tensors.features);
  assert(await maxDifference(states, tensors.states) < 0.02);
  encoder.dispose();
  tf.dispose([tensors, states]);
});

Deno.test("a file that is no model.bin of Whisper is refused, and closed", async () => {
  const bytes = await Deno.readFile(path);
  const made = await Deno.makeTempDir();
  const refuses = async (bytes: Uint8Array, message: string) => {
    await Deno.writeFile(`${made}/model.bin`, bytes);
    await assertRejects(
      () => loadAudioEncoder(`${made}/model.bin`),
      RangeError,
      message,
    );
  };
  const changed = (at: number, value: number) => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  await refuses(changed(0, 5), "version 6, got 5");
  await refuses(
    changed(6, "V".charCodeAt(0)),
    'a WhisperSpec, got "VhisperSpec"',
  );
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.lastIndexOf("encoder/position_encodings/encodings\0");
  for (let length = 0; length < end; length += 37) {
    await refuses(bytes.slice(0, length), "Cannot read");
  }
  const name = "encoder/conv1/weight\0";
  const weight = text.indexOf(name);
  await refuses(
    changed(weight + name.length + 1 + 3 * 4, 1),
    "type 1 of CTranslate2",
  );
  await refuses(
    changed(weight + name.length + 1, 7),
    'for "encoder/conv1/weight" of shape [7,',
  );
  await refuses(
    changed(weight, "x".charCodeAt(0)),
    'a variable "encoder/conv1/weight"',
  );
  await Deno.remove(made, { recursive: true });
});
