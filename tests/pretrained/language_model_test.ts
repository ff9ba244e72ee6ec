import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { kernelsOf } from "../../lib/compile/kernels.ts";
import { compile } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { loadLanguageModel } from "../../lib/pretrained/language/language_model.ts";
import { chosenLogProbs } from "../../lib/pretrained/language/token_scores.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { closeTo, fixture, withModel } from "./decoder_fixtures.ts";

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");

Deno.test("tokens that the model cannot read are refused with a clear error", () =>
  withModel("llama", (model) => {
    const refuse = (
      tokens: () => unknown,
      type: typeof TypeError | typeof RangeError,
      message: string,
    ) => {
      for (const name of ["logits", "tokenLogProbs"] as const) {
        tf.tidy(() => {
          assertThrows(() => model[name](tokens() as Tensor), type, message);
        });
      }
    };
    refuse(
      () => ids([[1, 2], [3, 40]]),
      RangeError,
      "0 to 39, got 40 at [1, 1]",
    );
    refuse(() => ids([[-100, 2]]), RangeError, "got -100 at [0, 0]");
    refuse(() => tf.zeros([1, 33], "int32"), RangeError, "at most 32 tokens");
    refuse(() => tf.zeros([1, 3]), TypeError, "got float32 [1,3]");
    refuse(
      () => tf.zeros([3], "int32"),
      TypeError,
      "shape [B, T], got int32 [3]",
    );
    refuse(() => tf.zeros([0, 3], "int32"), TypeError, "[0,3]");
    refuse(() => [[1, 2]], TypeError, "got object");
    tf.tidy(() => {
      const one = ids([[1]]);
      assertThrows(() => model.tokenLogProbs(one), TypeError, "T at least 2");
    });
  }));

Deno.test("a compiled function refuses a token beyond the vocabulary too", () =>
  withModel("llama", (model) => {
    using logits = compile((tokens: Tensor) => model.logits(tokens));
    const [good, bad] = [ids([[1, 2]]), ids([[1, 40]])];
    logits(good).dispose();
    // TensorFlow says it in a graph, the model itself where there is none.
    const message = canTrace ? "40 is not in [0, 40)" : "0 to 39, got 40";
    assertThrows(() => logits(bad), Error, message);
    tf.dispose([good, bad]);
  }));

Deno.test("a disposed model says so", async () => {
  const model = await loadLanguageModel(fixture("llama"));
  model.dispose();
  model.dispose();
  const tokens = ids([[1, 2]]);
  assertThrows(() => model.logits(tokens), Error, "was disposed");
  tokens.dispose();
});

/** A copy of a fixture with another `config.json`. */
async function changed(change: Record<string, unknown>): Promise<string> {
  const folder = await Deno.makeTempDir();
  const config = JSON.parse(
    await Deno.readTextFile(fixture("llama", "config.json")),
  );
  const text = JSON.stringify({ ...config, ...change });
  await Deno.writeTextFile(`${folder}/config.json`, text);
  const name = "model.safetensors";
  await Deno.copyFile(fixture("llama", name), `${folder}/${name}`);
  return folder;
}

for (
  const [what, change, message] of [
    ["of another architecture", { model_type: "gpt2" }, 'got "gpt2"'],
    ["without a weight", { tie_word_embeddings: false }, '"lm_head.weight"'],
    [
      "with a weight of another shape",
      { intermediate_size: 32 },
      '"model.layers.0.mlp.gate_proj.weight"',
    ],
  ] as const
) {
  Deno.test(`a model ${what} is refused, and nothing is left`, async () => {
    const before = tf.memory().numTensors;
    const folder = await changed(change);
    await assertRejects(() => loadLanguageModel(folder), RangeError, message);
    assertEquals(tf.memory().numTensors, before, "leaked");
    await Deno.remove(folder, { recursive: true });
  });
}

/** Writes a tokenizer of letters beside a model. */
async function withTokens(count: number): Promise<string> {
  const folder = await changed({});
  const tokens = Array.from({ length: count }, (_, i) => [`${i}`, i]);
  const model = { type: "BPE", vocab: Object.fromEntries(tokens), merges: [] };
  const none = { normalizer: null, pre_tokenizer: null, post_processor: null };
  const decoder = { type: "Fuse" };
  const text = JSON.stringify({ model, added_tokens: [], ...none, decoder });
  await Deno.writeTextFile(`${folder}/tokenizer.json`, text);
  return folder;
}

Deno.test("a tokenizer beside the model is loaded; one with tokens that the model has not is refused", async () => {
  const [fits, larger] = [await withTokens(40), await withTokens(41)];
  const model = await loadLanguageModel(fits);
  assertEquals(model.tokenizer!.encode("57"), [5, 7]);
  assertEquals(model.tokenizer!.decode([5, 17]), "517");
  model.dispose();

  const before = tf.memory().numTensors;
  await assertRejects(
    () => loadLanguageModel(larger),
    RangeError,
    "at most the model's 40 tokens, got 41",
  );
  assertEquals(tf.memory().numTensors, before, "leaked");

  const without = await loadLanguageModel(fixture("llama"));
  assertEquals(without.tokenizer, undefined);
  without.dispose();
  for (const folder of [fits, larger]) {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The plain way, with all logits at once. */
const allAtOnce = (h: Tensor, head: Tensor, tokens: Tensor) => {
  const logp = tf.logSoftmax(tf.matMul(h, head, false, true));
  return tf.sum(tf.mul(logp, tf.oneHot(tokens, head.shape[0])), 1);
};

Deno.test("log-probabilities in chunks and their gradient are those of all logits at once", async () => {
  const [h, dy, head] = tf.tidy(() => [
    normal(keys([1]), [7, 5]).squeeze<Tensor>([0]),
    normal(keys([2]), [7]).squeeze<Tensor>([0]),
    normal(keys([3]), [11, 5]).squeeze<Tensor>([0]),
  ]);
  const tokens = tf.tensor1d([0, 10, 3, 3, 7, 1, 9], "int32");
  const expected = tf.valueAndGrad((h) => allAtOnce(h, head, tokens))(h, dy);
  for (const atOnce of [1, 11, 22, 33, 77, 1e6]) {
    const f = (h: Tensor) => chosenLogProbs(h, head, tokens, atOnce);
    const got = tf.valueAndGrad(f)(h, dy);
    const alone = tf.tidy(() => f(h));
    await closeTo(got.value, expected.value, 1e-5);
    await closeTo(got.grad, expected.grad, 1e-5);
    await closeTo(alone, expected.value, 1e-5);
    tf.dispose([got, alone]);
  }
  tf.dispose([h, dy, head, tokens, expected]);
});

Deno.test("logits that overflow alone give finite log-probabilities", async () => {
  const [h, head] = [tf.tensor2d([[100]]), tf.tensor2d([[1], [-1], [0.99]])];
  const tokens = tf.tensor1d([2], "int32");
  const logp = tf.tidy(() => chosenLogProbs(h, head, tokens));
  const expected = tf.tensor1d([-1 - Math.log(1 + Math.exp(-1))]);
  await closeTo(logp, expected, 1e-5);
  tf.dispose([h, head, tokens, logp, expected]);
});

Deno.test("no tensor of tokens x vocabulary is there beyond a chunk, nor in the gradient", () => {
  const [rows, width, vocabulary] = [64, 4, 101];
  const largest = (atOnce: number) => {
    const args = [
      tf.zeros([rows, width]),
      tf.ones([vocabulary, width]),
    ] as const;
    const gradient = (h: Tensor, head: Tensor) =>
      tf.grad((h) =>
        chosenLogProbs(h, head, tf.zeros([rows], "int32"), atOnce)
      )(h);
    const { lines, captured } = kernelsOf(gradient, [...args]);
    tf.dispose([...args, captured]);
    const shapes = lines.flatMap((line) => [...line.matchAll(/\[([\d,]*)\]/g)]);
    return Math.max(
      ...shapes.map(([, shape]) =>
        shape.split(",").reduce((a, b) => a * +b, 1)
      ),
    );
  };
  assertEquals(largest(8 * vocabulary), 8 * vocabulary);
  assertEquals(largest(1e6), rows * vocabulary);
});
