import { assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { type Params } from "../../lib/models/params.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import { type LanguageModel } from "../../lib/pretrained/language/language_model.ts";
import { readAdapters } from "../../lib/pretrained/language/peft.ts";
import { memberOf } from "../../lib/pretrained/layers/lora.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import {
  closeTo,
  families,
  fixture,
  trainedAdapters,
  withModel,
} from "./decoder_fixtures.ts";

/** The log-probabilities of tokens, weighted and summed, `[1]`. */
const weighed = (
  model: LanguageModel,
  { tokens, weights }: Record<string, Tensor>,
) =>
(adapters: Params) =>
  tf.reshape(
    tf.sum(tf.mul(weights, model.tokenLogProbs(tokens, adapters))),
    [1],
  );

for (const family of families) {
  Deno.test(`${family}: adapters give PEFT's logits and gradients, eagerly and compiled`, () =>
    withModel(family, async (model, reference) => {
      const adapters = await readAdapters(fixture(family, "adapter"), model);
      const logits = model.logits(reference.tokens, adapters);
      await closeTo(logits, reference.adaptedLogits, 2e-5);

      const loss = weighed(model, reference);
      const gradients = (adapters: Params) =>
        valueAndGrads(adapters, loss).grads;
      using compiled = compile(gradients);
      for (const f of [gradients, compiled]) {
        const { alpha, ...factors } = tf.tidy(() => f(adapters));
        assertEquals([...await alpha.data()], [0]);
        for (const [name, gradient] of Object.entries(factors)) {
          const expected = reference[`gradient/base_model.model.${name}`];
          const flat = gradient.reshape(expected.shape);
          await closeTo(flat, expected, 5e-5, name);
          flat.dispose();
        }
        tf.dispose([alpha, factors]);
      }
      const count = Object.keys(reference)
        .filter((name) => name.startsWith("gradient/")).length;
      assertEquals(Object.keys(adapters).length, count + 1);
      tf.dispose([logits, adapters]);
    }));
}

Deno.test("fresh adapters leave the model as it is: the first policy is the reference", () =>
  withModel("qwen3", async (model, { tokens }) => {
    const seeds = keys([1]);
    const adapters = initAdapters(model, seeds, { rank: 4, alpha: 8 });
    const [base, fresh] = [
      model.logits(tokens),
      model.logits(tokens, adapters),
    ];
    assertEquals(await fresh.data(), await base.data());
    tf.dispose([seeds, adapters, base, fresh]);
  }));

Deno.test("fresh adapters: A as PEFT draws it, B zero, of each key alone", () =>
  withModel("llama", async (model) => {
    const [both, one] = [keys([1, 2]), keys([2])];
    const options = { rank: 200, alpha: 7, targets: ["v_proj", "o_proj"] };
    const adapters = initAdapters(model, both, options);
    const alone = initAdapters(model, one, options);
    const second = memberOf(adapters, 1);
    for (const name of Object.keys(alone)) {
      assertEquals(await second[name].data(), await alone[name].data(), name);
    }
    const name = "model.layers.1.self_attn.o_proj";
    assertEquals(Object.keys(adapters).length, 1 + 2 * 2 * 2);
    const a = [...await adapters[`${name}.lora_A.weight`].data()];
    const variance = a.reduce((sum, x) => sum + x * x, 0) /
      a.length;
    // Uniform in +-1/4: a third of its square. 6,400 draws: to 4%.
    assertEquals(Math.abs(variance * 48 - 1) < 0.04, true, `${variance}`);
    assertEquals(Math.max(...a.map(Math.abs)) <= 0.25, true);
    const b = await adapters[`${name}.lora_B.weight`].data();
    assertEquals(new Set(b), new Set([0]));
    assertEquals([...await adapters.alpha.data()], [7, 7]);
    tf.dispose([both, one, adapters, alone, second]);
  }));

Deno.test("members share the base, and each has the logits and the gradient that it has alone", () =>
  withModel("qwen2", async (model, reference) => {
    const adapters = trainedAdapters(model, { members: 2 });
    const { tokens, weights } = reference;
    const together = model.logits(tokens, adapters);
    const grads = tf.tidy(() =>
      tf.grads((...values: Tensor[]) => {
        const named = Object.keys(adapters).map((name, i) => [name, values[i]]);
        const own = Object.fromEntries(named) as Params;
        return tf.sum(tf.mul(weights, model.tokenLogProbs(tokens, own)));
      })(Object.values(adapters))
    );
    for (const member of [0, 1]) {
      const own = memberOf(adapters, member);
      const row = tokens.slice(member, 1);
      const alone = model.logits(row, own);
      const part = together.slice(member, 1);
      await closeTo(part, alone, 2e-5);
      const mine = { tokens: row, weights: weights.slice(member, 1) };
      const { losses, grads: expected } = valueAndGrads(
        own,
        weighed(model, mine),
      );
      for (const [i, name] of Object.keys(adapters).entries()) {
        const got = grads[i].slice(member, 1);
        await closeTo(got, expected[name], 5e-5, name);
        got.dispose();
      }
      tf.dispose([own, mine, alone, part, losses, expected]);
    }
    tf.dispose([adapters, together, grads]);
  }));

Deno.test("options and adapters that do not fit are refused by name", () =>
  withModel("llama", (model, { tokens }) => {
    const seeds = keys([1, 2, 3]);
    const init = (options: object) =>
      initAdapters(model, seeds, { rank: 2, alpha: 4, ...options });
    assertThrows(() => init({ rank: 0 }), RangeError, "rank");
    assertThrows(() => init({ alpha: -1 }), RangeError, "alpha");
    assertThrows(() => init({ targets: [] }), RangeError, "got none");
    assertThrows(() => init({ targets: ["qproj"] }), RangeError, '"qproj"');
    assertThrows(() => init({ dropout: 0.1 }), TypeError, '"dropout"');

    const adapters = init({});
    const refuse = (change: Params, message: string) =>
      assertThrows(
        () => model.logits(tokens, { ...adapters, ...change }),
        TypeError,
        message,
      );
    assertThrows(() => model.logits(tokens, adapters), TypeError, "3 members");
    const name = "model.layers.0.self_attn.q_proj.lora_A.weight";
    const [wrong, other] = [tf.zeros([3, 2, 5]), tf.zeros([3, 2, 16])];
    refuse(
      { [name]: wrong },
      `"${name}" of shape [3,2,16], got float32 [3,2,5]`,
    );
    refuse(
      { "model.layers.7.mlp.up_proj.lora_A.weight": other },
      "no such layer",
    );
    const { [name]: _, ...rest } = adapters;
    assertThrows(() => model.logits(tokens, rest), TypeError, `"${name}"`);
    assertThrows(() => memberOf(adapters), RangeError, "from 0 to 2");
    tf.dispose([seeds, adapters, wrong, other]);
  }));
