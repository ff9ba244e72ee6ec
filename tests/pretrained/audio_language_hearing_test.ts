import { assert, assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { generate } from "../../lib/pretrained/language/generate.ts";
import { withHeard } from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { loadAudioLanguageModel } from "../../lib/pretrained/sound/audio_language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import {
  folderOf,
  frames,
  ids,
  models,
  referenceOf,
  rowsOf,
} from "./audio_fixtures.ts";
import { maxDifference } from "./max_difference.ts";

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
