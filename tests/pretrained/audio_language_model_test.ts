import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { memberSequenceMean } from "../../lib/losses/reductions.ts";
import { regularised } from "../../lib/losses/regularised.ts";
import { adrpo, withinBeta0 } from "../../lib/methods/adrpo.ts";
import { tokens as tokenFamily } from "../../lib/methods/families.ts";
import { type Params } from "../../lib/models/params.ts";
import { withHeard } from "../../lib/pretrained/language/language_model.ts";
import { loadAudioLanguageModel } from "../../lib/pretrained/sound/audio_language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import {
  folderOf,
  frames,
  ids,
  models,
  referenceOf,
  rowsOf,
} from "./audio_fixtures.ts";
import { maxDifference } from "./max_difference.ts";

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
