import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadPromptEncoder } from "../../lib/pretrained/pictures/load_prompt_encoder.ts";
import { tf } from "../../lib/tf/backend.ts";
import { assertClose, fixture, valuesOf } from "./velocity_fixture.ts";
import { withConfig } from "./with_config.ts";

const encoders: [string, string][] = [
  ["clip_with_projection", "CLIPTextModelWithProjection"],
  ["clip", "CLIPTextModel"],
  ["t5", "T5EncoderModel"],
  ["bert", "BertModel"],
];

for (const [name, className] of encoders) {
  Deno.test(`what ${className} makes of texts is what transformers does`, async () => {
    const values = await valuesOf(name);
    const before = tf.memory().numTensors;
    const encoder = await loadPromptEncoder(fixture(name));
    assertEquals(encoder.className, className);
    const { input_ids, ...expected } = values;
    const encoded = encoder.encode(input_ids);
    assertEquals(Object.keys(encoded).sort(), Object.keys(expected).sort());
    for (const [output, value] of Object.entries(encoded)) {
      assertClose(value, expected[output], 1e-5);
    }
    tf.dispose(encoded);
    encoder.dispose();
    assertEquals(tf.memory().numTensors, before);
    tf.dispose(values);
  });
}

Deno.test("ids of another type or shape, or too many, are refused", async () => {
  const clip = await loadPromptEncoder(fixture("clip"));
  tf.tidy(() => {
    const wrong = [
      tf.ones([1, 4]),
      tf.ones([4], "int32"),
      tf.ones([1, 9], "int32"),
    ];
    for (const ids of wrong) {
      assertThrows(
        () => clip.encode(ids),
        TypeError,
        `int32 of shape [B, T] with T of at most 8, got ${ids.dtype} [${ids.shape}]`,
      );
    }
  });
  clip.dispose();
});

Deno.test("an id beyond the vocabulary is refused by its place", async () => {
  for (const name of ["clip", "t5"]) {
    const { vocab_size: known } = JSON.parse(
      await Deno.readTextFile(`${fixture(name)}/config.json`),
    );
    const encoder = await loadPromptEncoder(fixture(name));
    for (const id of [known, -1]) {
      const ids = tf.tensor2d([[1, 2], [1, id]], undefined, "int32");
      assertThrows(
        () => encoder.encode(ids),
        RangeError,
        `Expected ids from 0 to ${known - 1}, got ${id} at [1, 1]`,
      );
      ids.dispose();
    }
    encoder.dispose();
  }
});

Deno.test("a class, a value or a weight that does not fit is refused by name", async () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["clip", { architectures: ["GPT2Model"] }, "GPT2Model"],
    ["bert", { hidden_act: "relu" }, '"hidden_act"'],
    ["clip", { architectures: undefined }, "architectures"],
    ["clip", { hidden_act: "relu" }, '"hidden_act"'],
    ["clip", { num_hidden_layers: 2 }, "encoder.layers.2."],
    ["clip", { vocab_size: 31 }, "token_embedding"],
    ["t5", { feed_forward_proj: "relu" }, '"feed_forward_proj"'],
    ["t5", { num_layers: 3 }, "encoder.block.2."],
  ];
  for (const [name, changed, message] of cases) {
    const before = tf.memory().numTensors;
    await withConfig(
      fixture(name),
      changed,
      (folder) =>
        assertRejects(() => loadPromptEncoder(folder), RangeError, message),
    );
    assertEquals(tf.memory().numTensors, before);
  }
});
