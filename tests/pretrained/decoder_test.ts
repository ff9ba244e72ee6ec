import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { loadLanguageModel } from "../../lib/pretrained/language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { closeTo, families, fixture } from "./decoder_fixtures.ts";

for (const family of families) {
  Deno.test(`${family}: logits and log-probabilities are those of transformers`, async () => {
    const before = tf.memory().numTensors;
    const { tensors } = await readSafetensors(
      fixture(family, "reference.safetensors"),
    );
    const model = await loadLanguageModel(fixture(family));
    const loaded = tf.memory().numTensors;

    const logits = model.logits(tensors.tokens);
    const logp = model.tokenLogProbs(tensors.tokens);
    await closeTo(logits, tensors.logits, 2e-5);
    await closeTo(logp, tensors.logProbs, 2e-5);
    assertEquals(tf.memory().numTensors, loaded + 2, "leaked");

    tf.dispose([logits, logp, tensors]);
    model.dispose();
    assertEquals(tf.memory().numTensors, before, "leaked");
  });
}
