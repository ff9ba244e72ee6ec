import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { compile } from "../../lib/compile/mod.ts";
import {
  encodeSafetensors,
  readSafetensors,
} from "../../lib/data/safetensors.ts";
import { memberSequenceMean } from "../../lib/losses/reductions.ts";
import { regularised } from "../../lib/losses/regularised.ts";
import { adrpo, withinBeta0 } from "../../lib/methods/adrpo.ts";
import { tokens as tokenFamily } from "../../lib/methods/families.ts";
import { type Params } from "../../lib/models/params.ts";
import { generate } from "../../lib/pretrained/language/generate.ts";
import { withHeard } from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { readAudioLanguageConfig } from "../../lib/pretrained/sound/audio_language_config.ts";
import { loadAudioLanguageModel } from "../../lib/pretrained/sound/audio_language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import { maxDifference } from "./max_difference.ts";

const folderOf = (name: string) =>
  fileURLToPath(new URL(`fixtures/audio/${name}`, import.meta.url));
const referenceOf = async (name: string) =>
  (await readSafetensors(`${folderOf(name)}/reference.safetensors`)).tensors;

/** The frames of the fixtures' two clips: a full window, and less than one. */
const frames = [32, 23];
const models = ["qwen2_audio", "qwen2_5_omni"];

const rowsOf = (tokens: Tensor) => tokens.arraySync() as number[][];
const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");

for (const name of models) {
  Deno.test(`logits with sound are transformers': ${name}`, async () => {
    const model = await loadAudioLanguageModel(folderOf(name));
    const reference = await referenceOf(name);
    const heard = model.hear(reference.clips, frames);
    assertEquals(heard.shape, [8 + 6, 12]);
    const tokens = ids(model.place(rowsOf(reference.tokens), frames));
    const logits = withHeard(model.language, heard).logits(tokens);
    const real = reference.tokenMask.expandDims(2);
    const [ours, theirs] = [logits.mul(real), reference.logits.mul(real)];
    assert(await maxDifference(ours, theirs) < 5e-5);
    model.dispose();
    tf.dispose([reference, heard, tokens, logits, real, ours, theirs]);
  });

  Deno.test(`a clip is heard alike alone and among others: ${name}`, async () => {
    const model = await loadAudioLanguageModel(folderOf(name));
    const { clips, ...rest } = await referenceOf(name);
    const both = model.hear(clips, frames);
    const second = clips.slice([1, 0, 0]);
    const alone = model.hear(second, frames.slice(1));
    const expected = both.slice([8, 0]);
    assert(await maxDifference(alone, expected) < 2e-5);
    model.dispose();
    tf.dispose([clips, rest, both, second, alone, expected]);
  });

  Deno.test(`logits of text alone are transformers': ${name}`, async () => {
    const model = await loadAudioLanguageModel(folderOf(name));
    const reference = await referenceOf(name);
    const logits = model.language.logits(reference.text);
    assert(await maxDifference(logits, reference.textLogits) < 5e-5);
    model.dispose();
    tf.dispose([reference, logits]);
  });

  Deno.test(`a step of ADRPO-GRPO with LoRA is PyTorch's: ${name}`, async () => {
    const model = await loadAudioLanguageModel(folderOf(name));
    const reference = await referenceOf(name);
    const heard = model.hear(reference.clips, frames);
    const language = withHeard(model.language, heard);
    const prompts = model.place(rowsOf(reference.prompts), frames);
    const answers = reference.completions.arraySync() as number[][][];
    const sequences = ids(
      prompts.flatMap((prompt, i) =>
        answers[i].map((own) => [...prompt, ...own])
      ),
    );
    const logpOf = (adapters?: Params) => {
      const [rows, length] = [6, 4];
      const all = language.tokenLogProbs(sequences, adapters);
      const own = tf.slice(all, [0, all.shape[1]! - length], [rows, length]);
      return tf.reshape(own, [1, 2, 3, length]);
    };
    const member = (tensor: Tensor) => tf.expandDims(tensor, 0);
    const [rewards, mask, logpOld] = ["rewards", "mask", "logpOld"]
      .map((name) => member(reference[name]));
    const logpRef = tf.tidy(() => logpOf());
    const expectedRef = member(reference.logpRef);
    assert(await maxDifference(logpRef, expectedRef) < 2e-5, "reference");

    const method = adrpo(tokenFamily(), { clip: withinBeta0(1) });
    const { losses, grads } = valueAndGrads(
      adaptersOf(reference),
      (adapters) => {
        const terms = method.terms(tf.fill([1, 1, 1], 0.04), rewards, {});
        const logp = logpOf(adapters);
        const signals = { logp, logpOld, logpRef, mask } as never;
        const loss = regularised({
          objective: terms.objective(signals),
          divergence: terms.divergence!(signals),
          beta: terms.beta,
        });
        return memberSequenceMean(loss, mask);
      },
    );
    const [expectedLoss] = await reference.loss.data();
    assertAlmostEquals((await losses.data())[0], expectedLoss, 1e-5);
    const { alpha, ...factors } = grads;
    assertEquals(Object.keys(factors).length, 2 * 2 * 2);
    for (const [layer, grad] of Object.entries(factors)) {
      const expected = member(reference[`gradient/${layer}`]);
      assert(tf.max(tf.abs(expected)).dataSync()[0] > 1e-3, `${layer} is idle`);
      assert(await maxDifference(grad, expected) < 5e-5, layer);
    }
    model.dispose();
    tf.dispose([alpha, ...Object.values(factors)]);
  });
}

/** The adapters of a reference: rank 2, alpha 6. */
function adaptersOf(reference: Record<string, Tensor>): Params {
  const factors = Object.entries(reference).flatMap(([name, tensor]) =>
    name.startsWith("adapter/")
      ? [[name.slice("adapter/".length), tf.expandDims(tensor, 0)] as const]
      : []
  );
  return { alpha: tf.tensor1d([6]), ...Object.fromEntries(factors) };
}

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

Deno.test("place() puts the tokens of a clip where it is heard", async () => {
  const model = await loadAudioLanguageModel(folderOf("qwen2_audio"));
  const A = model.audioToken;
  const eight = [40, 41, 42, 43, 44, 45, 46, 47];
  assertEquals(model.place([[1, A, 2]], [32]), [[1, ...eight, 2]]);
  assertEquals(
    model.place([[A, ...Array(7).fill(A)], [3], [A, 4, A]], [32, 21, 4]),
    [eight, [3], [48, 49, 50, 51, 52, 4, 53]],
  );
  assertEquals(model.place([[1, 2]], []), [[1, 2]]);
  const refuses = (prompts: number[][], frames: number[], message: string) =>
    assertThrows(() => model.place(prompts, frames), RangeError, message);
  refuses([[1, A, 2, A]], [32], "got 1 clips and 2 runs");
  refuses([[1, 2]], [32], "got 1 clips and 0 runs");
  refuses(
    [[A, A, A, 2]],
    [32],
    "1 or 8 placeholders for clip 0 of 32 frames, got 3",
  );
  model.dispose();
});

Deno.test("features that do not fit what is said of them are refused", async () => {
  const model = await loadAudioLanguageModel(folderOf("qwen2_audio"));
  const refuses = (
    shape: number[],
    frames: number[],
    kind: ErrorConstructor,
    message: string,
  ) => {
    const features = tf.zeros(shape);
    assertThrows(() => model.hear(features, frames), kind, message);
    features.dispose();
  };
  refuses([1, 5, 32], [32], TypeError, "got float32 [1,5,32]");
  refuses([1, 6, 34], [32], TypeError, "an even number of frames up to 32");
  refuses([2, 6, 32], [32], RangeError, "frames of 2 clips, got 1");
  refuses([1, 6, 32], [33], RangeError, "from 3 to 32, got 33 for clip 0");
  refuses([1, 6, 32], [2], RangeError, "from 3 to 32, got 2");
  refuses([1, 6, 32], [7.5], RangeError, "got 7.5");
  const narrow = tf.zeros([3, 11]);
  assertThrows(
    () => withHeard(model.language, narrow),
    TypeError,
    "shape [n, 12], got float32 [3,11]",
  );
  narrow.dispose();
  // Without sound there are no tokens after the vocabulary.
  const tokens = tf.tensor2d([[1, 40]], [1, 2], "int32");
  assertThrows(() => model.language.logits(tokens), RangeError, "0 to 39");
  tokens.dispose();
  model.dispose();
});

for (const name of models) {
  Deno.test(`what is drawn after sound has the log-probability that training gives it: ${name}`, async () => {
    const model = await loadAudioLanguageModel(folderOf(name));
    const { clips, prompts, ...rest } = await referenceOf(name);
    const heard = model.hear(clips, frames);
    const language = withHeard(model.language, heard);
    const placed = model.place(rowsOf(prompts), frames);
    const asked = padPrompts(placed);
    const random = keys([1, 2, 3, 4, 5, 6]);
    const drawn = generate(language, { prompts: asked, keys: random }, {
      ...{ maxTokens: 5, answers: 3 },
    });
    const whole = ids(
      rowsOf(drawn.tokens).map((
        own,
        i,
      ) => [...placed[Math.floor(i / 3)], ...own]),
    );
    const all = language.tokenLogProbs(whole);
    const given = all.slice([0, 0], [6, placed[0].length - 1]);
    const own = all.slice([0, placed[0].length - 1]);
    assert(await maxDifference(own, drawn.logp) < 1e-5);
    // What is heard is given, not drawn.
    const isHeard = placed[0].slice(1).map((token) => token >= 40);
    const [first] = rowsOf(given);
    assertEquals(first.map((logp) => logp === 0), isHeard);
    model.dispose();
    tf.dispose([
      clips,
      prompts,
      rest,
      heard,
      asked,
      random,
      drawn,
      whole,
      all,
      given,
      own,
    ]);
  });
}

Deno.test("hearing and reading compile to one graph, with a gradient to the features", async () => {
  const model = await loadAudioLanguageModel(folderOf("qwen2_5_omni"));
  const { clips, tokens, ...rest } = await referenceOf("qwen2_5_omni");
  const placed = ids(model.place(rowsOf(tokens), frames));
  const score = (clips: Tensor, placed: Tensor) =>
    tf.tidy(() => {
      const heard = model.hear(clips, frames);
      return tf.sum(withHeard(model.language, heard).tokenLogProbs(placed));
    });
  const eager = tf.valueAndGrad((clips) => score(clips, placed) as never)(
    clips,
  );
  const compiled = compile((clips: Tensor, placed: Tensor) => {
    const { value, grad } = tf.valueAndGrad((clips) =>
      score(clips, placed) as never
    )(clips);
    return { value, grad };
  });
  const made = compiled(clips, placed);
  assert(await maxDifference(made.value, eager.value) < 1e-3);
  assert(await maxDifference(made.grad, eager.grad) < 1e-3);
  assert(tf.max(tf.abs(eager.grad)).dataSync()[0] > 0.01);
  compiled.dispose();
  model.dispose();
  tf.dispose([clips, tokens, rest, placed, eager.value, eager.grad, made]);
});

Deno.test("a loaded model disposes all that it holds", async () => {
  for (const name of models) {
    const { clips, ...rest } = await referenceOf(name);
    const before = tf.memory().numTensors;
    const model = await loadAudioLanguageModel(folderOf(name));
    model.hear(clips, frames).dispose();
    model.dispose();
    assertEquals(tf.memory().numTensors, before);
    tf.dispose([clips, rest]);
  }
});
