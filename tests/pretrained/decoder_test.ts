import { assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { readDecoderConfig } from "../../lib/pretrained/language/decoder_config.ts";
import { frozenNorm, gatedUnit } from "../../lib/pretrained/layers/frozen.ts";
import { rotaryAngles, rotate } from "../../lib/pretrained/layers/rotary.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { assertGradient } from "../finite_differences.ts";
import { closeTo, families, withModel } from "./decoder_fixtures.ts";

for (const family of families) {
  Deno.test(`${family}: logits and log-probabilities are those of transformers, eagerly and compiled`, () =>
    withModel(family, async (model, { tokens, logits, logProbs }) => {
      const functions = {
        logits: (tokens: Tensor) => model.logits(tokens),
        logp: (tokens: Tensor) => model.tokenLogProbs(tokens),
      };
      using compiledLogits = compile(functions.logits);
      using compiledLogp = compile(functions.logp);
      for (const f of [functions.logits, compiledLogits]) {
        const got = f(tokens);
        await closeTo(got, logits, 2e-5);
        got.dispose();
      }
      for (const f of [functions.logp, compiledLogp]) {
        const got = f(tokens);
        await closeTo(got, logProbs, 2e-5);
        got.dispose();
      }
    }));

  Deno.test(`${family}: later tokens change no earlier logits`, () =>
    withModel(family, async (model, { tokens }) => {
      const [rows, length] = tokens.shape as [number, number];
      const { whole, part } = tf.tidy(() => ({
        whole: tf.slice(model.logits(tokens), 0, [rows, 4, 40]),
        part: model.logits(tf.concat([
          tf.slice(tokens, 0, [rows, 4]),
          tf.fill([rows, length - 4], 39, "int32"),
        ], 1)).slice(0, [rows, 4, 40]),
      }));
      await closeTo(part, whole, 1e-6);
      tf.dispose([whole, part]);
    }));
}

Deno.test("gradients that are written out are those of their values", async () => {
  const draws = keys([1, 2, 3, 4]);
  const [x, gain, y, weights] = tf.unstack(normal(draws, [3, 2, 4]));
  const row = tf.slice(gain, 0, [1, 1, 4]).flatten();
  const { cos, sin } = rotaryAngles(2, { headSize: 4, ropeBase: 7 });
  const weigh = (f: (x: Tensor) => Tensor) => (x: Tensor) =>
    tf.mul(f(x), weights);
  const cases: Record<string, (x: Tensor) => Tensor> = {
    "the norm": (x) => frozenNorm(x, row, 0.1),
    "the gated unit's gate": (x) => gatedUnit(x, y),
    "the gated unit's other input": (x) => gatedUnit(y, x),
    "the rotation": (x) => rotate(x, { cos, sin }),
  };
  for (const [name, f] of Object.entries(cases)) {
    await assertGradient(name, weigh(f), x);
  }
  tf.dispose([draws, x, gain, y, weights, row, cos, sin]);
});

const llama = {
  model_type: "llama",
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  max_position_embeddings: 32,
};

Deno.test("a config.json of before transformers 5 is read, and one of after", () => {
  const before = { rope_theta: 5e5, rope_scaling: null };
  const after = { rope_parameters: { rope_type: "default", rope_theta: 5e5 } };
  for (const rope of [before, after]) {
    assertEquals(readDecoderConfig({ ...llama, ...rope }).ropeBase, 5e5);
  }
  const { groups, headSize, tied, normEpsilon } = readDecoderConfig(llama);
  assertEquals([groups, headSize, tied, normEpsilon], [4, 2, false, 1e-6]);
  assertEquals(
    readDecoderConfig({ ...llama, model_type: "qwen3" }).headSize,
    128,
  );
});

Deno.test("what the forward pass does not do is refused by name", () => {
  const refused: [Record<string, unknown>, string][] = [
    [
      { model_type: "mamba" },
      'model_type "llama", "qwen2", "qwen3", got "mamba"',
    ],
    [{ rope_scaling: { type: "linear", factor: 2 } }, "rope_type"],
    [{ rope_scaling: { rope_type: "llama3" } }, 'got "llama3"'],
    [{ rope_parameters: { rope_type: "yarn" } }, 'got "yarn"'],
    [{ hidden_act: "gelu" }, "hidden_act"],
    [{ use_sliding_window: true }, "use_sliding_window"],
    [{ layer_types: ["sliding_attention"] }, "layer_types"],
    [{ attention_bias: true }, "attention_bias"],
    [{ mlp_bias: true }, "mlp_bias"],
    [{ vocab_size: undefined }, "vocab_size to be a positive integer"],
    [{ num_key_value_heads: 3 }, "num_key_value_heads to be a divisor of 4"],
    [{ head_dim: 3 }, "head_dim to be an even number, got 3"],
    [{ rope_theta: "big" }, "rope_theta"],
    [{ rms_norm_eps: 0 }, "rms_norm_eps"],
  ];
  for (const [change, message] of refused) {
    assertThrows(
      () => readDecoderConfig({ ...llama, ...change }),
      RangeError,
      message,
    );
  }
});
