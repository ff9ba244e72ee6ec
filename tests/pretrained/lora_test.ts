import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { loadLanguageModel } from "../../lib/pretrained/language_model.ts";
import { readAdapters, writeAdapters } from "../../lib/pretrained/peft.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import { closeTo, families, fixture } from "./decoder_fixtures.ts";

for (const family of families) {
  Deno.test(`${family}: adapters give PEFT's logits and gradients`, async () => {
    const before = tf.memory().numTensors;
    const { tensors } = await readSafetensors(
      fixture(family, "reference.safetensors"),
    );
    const model = await loadLanguageModel(fixture(family));
    const adapters = await readAdapters(fixture(family, "adapter"), model);

    const logits = model.logits(tensors.tokens, adapters);
    await closeTo(logits, tensors.adaptedLogits, 2e-5);

    const { losses, grads } = valueAndGrads(adapters, (adapters) => {
      const logp = model.tokenLogProbs(tensors.tokens, adapters);
      return tf.expandDims(tf.sum(tf.mul(tensors.weights, logp)), 0);
    });
    const { alpha, ...factors } = grads;
    assertEquals([...await alpha.data()], [0]);
    const expected = Object.keys(tensors)
      .filter((name) => name.startsWith("gradient/"));
    assertEquals(Object.keys(factors).length, expected.length);
    for (const [name, gradient] of Object.entries(factors)) {
      const reference = tensors[`gradient/base_model.model.${name}`];
      await closeTo(tf.squeeze(gradient, [0]), reference, 5e-5, name);
    }

    tf.dispose([tensors, logits, adapters, losses, grads]);
    model.dispose();
    //assertEquals(tf.memory().numTensors, before, "leaked");
  });
}
