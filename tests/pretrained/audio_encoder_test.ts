import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { loadAudioEncoder } from "../../lib/pretrained/sound/audio_encoder.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { folderOf, referenceOf } from "./audio_fixtures.ts";
import { maxDifference } from "./max_difference.ts";
import { withConfig } from "./with_config.ts";

for (const name of ["whisper", "qwen2_audio"]) {
  Deno.test(`encode() is transformers', forward and gradient: ${name}`, async () => {
    const encoder = await loadAudioEncoder(folderOf(name));
    const reference = await referenceOf(name);
    const { value, grad } = tf.valueAndGrad((features) =>
      tf.sum(tf.mul(reference.stateWeights, encoder.encode(features)))
    )(reference.features);
    const states = encoder.encode(reference.features);
    assert(await maxDifference(states, reference.states) < 2e-5);
    assert(await maxDifference(grad, reference.featuresGradient) < 2e-4);
    encoder.dispose();
    tf.dispose([reference, states, value, grad]);
  });
}

Deno.test("encode() of a shorter window takes the first positions", async () => {
  const encoder = await loadAudioEncoder(folderOf("whisper"));
  const reference = await referenceOf("whisper");
  const features = reference.features.slice(0, [2, 6, 20]);
  const states = encoder.encode(features);
  assertEquals(states.shape, [2, 10, 8]);
  assert(await maxDifference(states, reference.shortStates) < 2e-5);
  encoder.dispose();
  tf.dispose([reference, features, states]);
});

Deno.test("encode() compiles, and gives the same", async () => {
  const encoder = await loadAudioEncoder(folderOf("whisper"));
  const { features, states, ...rest } = await referenceOf("whisper");
  const encode = compile((features: Tensor) => encoder.encode(features));
  const made = encode(features);
  assert(await maxDifference(made, states) < 2e-5);
  encode.dispose();
  encoder.dispose();
  tf.dispose([features, states, rest, made]);
});

Deno.test("features that do not fit are refused, and say what would", async () => {
  const encoder = await loadAudioEncoder(folderOf("whisper"));
  const refuses = (features: Tensor) => {
    assertThrows(
      () => encoder.encode(features),
      TypeError,
      `shape [B, 6, an even number of frames up to 32], got ${features.dtype} [${features.shape}]`,
    );
    features.dispose();
  };
  for (
    const shape of [[6, 32], [1, 5, 32], [1, 6, 31], [1, 6, 34], [0, 6, 32]]
  ) {
    refuses(tf.zeros(shape));
  }
  refuses(tf.zeros([1, 6, 32], "int32"));
  encoder.dispose();
});

Deno.test("a checkpoint that is no such encoder is refused, and nothing is left", async () => {
  const before = tf.memory().numTensors;
  for (
    const [changes, message] of [
      [{ model_type: "bert" }, 'got "bert"'],
      [{ activation_function: "relu" }, 'activation_function to be "gelu"'],
      [{ encoder_attention_heads: 3 }, "a divisor of 8, got 3"],
      [{ d_model: undefined }, "d_model to be a positive integer"],
      [{ encoder_layers: 3 }, "model.encoder.layers.2."],
      [{ encoder_ffn_dim: 13 }, "fc1.weight"],
    ] as const
  ) {
    await withConfig(
      folderOf("whisper"),
      changes,
      (folder) =>
        assertRejects(() => loadAudioEncoder(folder), RangeError, message),
    );
    assertEquals(tf.memory().numTensors, before, message);
  }
});

Deno.test("a loaded encoder disposes all that it holds", async () => {
  const before = tf.memory().numTensors;
  (await loadAudioEncoder(folderOf("qwen2_audio"))).dispose();
  assertEquals(tf.memory().numTensors, before);
});
