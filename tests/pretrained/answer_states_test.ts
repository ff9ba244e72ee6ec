import { assert, assertEquals } from "@std/assert";
import { mapParams, type Params } from "../../lib/models/params.ts";
import {
  initAdapters,
  lastBlocks,
} from "../../lib/pretrained/language/adapters.ts";
import { answerStates } from "../../lib/pretrained/language/answer_states.ts";
import { headOf } from "../../lib/pretrained/language/decoder.ts";
import { type LanguageModel } from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { chosenLogProbs } from "../../lib/pretrained/language/token_scores.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import { closeTo, families, withModel } from "./decoder_fixtures.ts";

const asked = [[5, 9, 11], [7]];
const answers = [[[4, 6, 2], [8, 8, 1]], [[3, 2, 9], [12, 13, 14]]];

/** Adapters of some blocks that change what the model says. */
function someAdapters(model: LanguageModel, targets?: string[]): Params {
  const seeds = keys([4]);
  const fresh = initAdapters(model, seeds, { rank: 2, alpha: 4, targets });
  const some = mapParams(
    fresh,
    (values, name) =>
      name.includes("lora_B")
        ? tf.randomNormal(values.shape, 0, 0.3, "float32", 7)
        : tf.clone(values),
  );
  tf.dispose([seeds, fresh]);
  return some;
}

/** The log-probability of all answers, each read with its prompt, in one go. */
const plain = (model: LanguageModel) => (adapters: Params): Tensor => {
  const parts = answers.flatMap((own, c) =>
    own.map((answer) => {
      const tokens = tf.tensor2d(
        [[...asked[c], ...answer]],
        undefined,
        "int32",
      );
      const logp = model.tokenLogProbs(tokens, adapters);
      return tf.sum(tf.slice(logp, [0, asked[c].length - 1], [1, 3]));
    })
  );
  return tf.reshape(tf.addN(parts), [1]);
};

/** The same from answers that share their prompts. */
const shared = (model: LanguageModel) => (adapters: Params): Tensor => {
  const rows = tf.tensor2d(answers.flat(), undefined, "int32");
  const given = { prompts: padPrompts(asked), answers: rows };
  const h = answerStates(model.decoder, given, adapters);
  const logp = chosenLogProbs(
    h,
    headOf(model.decoder),
    tf.reshape(rows, [-1]),
  );
  return tf.reshape(tf.sum(logp), [1]);
};

for (const family of families) {
  for (const where of ["all blocks", "the last block"]) {
    Deno.test(`${family}: answers that share a prompt have the log-probabilities and the gradient that they have alone, with adapters of ${where}`, () =>
      withModel(family, async (model) => {
        const targets = where === "all blocks"
          ? undefined
          : lastBlocks(model, 1);
        const adapters = someAdapters(model, targets);
        const [expected, got] = [plain, shared].map((of) =>
          tf.tidy(() => valueAndGrads(adapters, of(model)))
        );
        await closeTo(got.losses, expected.losses, 1e-4);
        const names = Object.keys(expected.grads);
        assertEquals(Object.keys(got.grads), names);
        for (const name of names) {
          await closeTo(got.grads[name], expected.grads[name], 1e-4);
        }
        const b = expected.grads[names.at(-1)!];
        assert(tf.tidy(() => tf.max(tf.abs(b)).dataSync()[0]) > 1e-3);
        tf.dispose([adapters, { ...expected }, { ...got }]);
      }));
  }
}

Deno.test("a gradient remembers nothing of the blocks below the first that has adapters", () =>
  withModel("llama", (model) => {
    const held = [undefined, lastBlocks(model, 1)].map((targets) => {
      const adapters = someAdapters(model, targets);
      const bytes = tf.tidy(() => {
        let most = 0;
        valueAndGrads(adapters, (adapters) => {
          const value = shared(model)(adapters);
          most = tf.memory().numBytes;
          return value;
        });
        return most;
      });
      tf.dispose(adapters);
      return bytes;
    });
    const weights = tf.memory().numBytes;
    assert(
      held[1] - weights < 0.75 * (held[0] - weights),
      `${held}, ${weights}`,
    );
  }));
