import { assert, assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { type Params } from "../../lib/models/params.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { type Answers } from "../../lib/pretrained/language/draw_tokens.ts";
import { generate } from "../../lib/pretrained/language/generate.ts";
import { type LanguageModel } from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { memberOf } from "../../lib/pretrained/layers/lora.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { temperature } from "../../lib/samplers/temperature.ts";
import { type TokenChoice } from "../../lib/samplers/token_choice.ts";
import { topK } from "../../lib/samplers/top_k.ts";
import { topP } from "../../lib/samplers/top_p.ts";
import { backend, type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { families, trainedAdapters, withModel } from "./decoder_fixtures.ts";

const range = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => from + i);

/** The values of answers, which are disposed. */
async function read(answers: Answers) {
  const { tokens, logp, mask } = answers;
  const values = await Promise.all(
    [tokens, logp, mask].map((tensor) => tensor.array()),
  ) as number[][][];
  tf.dispose(answers);
  return { tokens: values[0], logp: values[1], mask: values[2] };
}

const asked = [[5, 9, 11], [7], [30, 3, 3, 8, 21]];

for (const family of families) {
  Deno.test(`${family}: greedy answers to prompts of several lengths are those of transformers, eagerly and compiled`, () =>
    withModel(family, async (model, reference) => {
      const prompts = padPrompts(
        range(3).map((i) => [...reference[`prompt${i}`].dataSync()]),
      );
      const seeds = keys(range(6));
      const options = { maxTokens: 6, answers: 2, choices: [greedy] };
      const draw = (keys: Tensor) =>
        generate(model, { prompts, keys }, options);
      using compiled = compile(draw);
      for (const f of [draw, compiled]) {
        const { tokens, logp } = await read(f(seeds));
        for (const [i, row] of tokens.entries()) {
          const answer = reference[`answer${Math.floor(i / 2)}`];
          assertEquals(row, [...answer.dataSync()], `answer ${i}`);
          assertEquals(logp[i], Array(6).fill(0));
        }
      }
      tf.dispose([prompts, seeds]);
    }));
}

/** The log-probability of each token of an answer by a pass over all of it. */
async function teacherForced(
  model: LanguageModel,
  { prompt, answer, adapters, choices }: {
    prompt: number[];
    answer: number[];
    adapters: Params;
    choices: readonly TokenChoice[];
  },
): Promise<number[]> {
  const logp = tf.tidy(() => {
    const row = tf.tensor2d([[...prompt, ...answer]], undefined, "int32");
    const logits = model.logits(row, adapters)
      .slice([0, prompt.length - 1], [1, answer.length]);
    const shaped = choices.reduce((x, choice) => choice(x), logits as Tensor);
    const tokens = row.slice([0, prompt.length]);
    return tokenLogProbs({ logits: shaped, tokens });
  });
  const values = [...await logp.data()];
  logp.dispose();
  return values;
}

for (
  const [name, choices] of Object.entries({
    "no choices": [],
    "temperature": [temperature(1.7)],
    "topK": [topK(5)],
    "topP": [topP(0.8)],
    "temperature, topK and topP": [temperature(2), topK(20), topP(0.9)],
  })
) {
  // A compiled one takes a second: one of each kind of graph.
  const ways = choices.length === 1 ? ["eagerly"] : ["eagerly", "compiled"];
  for (const way of ways) {
    Deno.test(`with ${name}, ${way}: the log-probabilities of drawn tokens are those of a pass over all of them`, () =>
      withModel("qwen3", async (model) => {
        const prompts = padPrompts(asked, 6);
        const adapters = trainedAdapters(model, {
          members: 2,
          targets: ["q_proj", "v_proj", "down_proj"],
        });
        const draw = (keys: Tensor) =>
          generate(model, { prompts, keys, adapters }, {
            maxTokens: 5,
            answers: 3,
            choices,
          });
        const seeds = keys(range(18));
        using compiled = compile(draw);
        const { tokens, logp } = await read(
          way === "compiled" ? compiled(seeds) : draw(seeds),
        );
        for (const [i, answer] of tokens.entries()) {
          const [member, prompt] = [Math.floor(i / 9), Math.floor(i / 3) % 3];
          const own = memberOf(adapters, member);
          const expected = await teacherForced(model, {
            ...{ prompt: asked[prompt], answer, adapters: own, choices },
          });
          for (const [t, value] of expected.entries()) {
            const error = Math.abs(logp[i][t] - value);
            assert(error < 5e-5, `answer ${i}, ${t}: ${logp[i][t]}, ${value}`);
          }
          tf.dispose(own);
        }
        assert(new Set(tokens.map(String)).size > 6, "the answers differ");
        tf.dispose([prompts, adapters, seeds]);
      }));
  }
}

Deno.test("answers depend on their own keys alone", () =>
  withModel("qwen2", async (model) => {
    const prompts = padPrompts([[5, 9], [5, 9]]);
    const draw = (seeds: number[]) => {
      const drawn = keys(seeds);
      const answers = generate(model, { prompts, keys: drawn }, {
        maxTokens: 6,
        answers: 2,
      });
      drawn.dispose();
      return read(answers);
    };
    const [a, b] = [await draw([1, 2, 3, 4]), await draw([4, 2, 1, 9])];
    assertEquals(b.tokens[0], a.tokens[3]);
    assertEquals(b.tokens[1], a.tokens[1]);
    assertEquals(b.tokens[2], a.tokens[0]);
    assertEquals(new Set([...a.tokens, b.tokens[3]].map(String)).size, 5);
    tf.dispose(prompts);
  }));

Deno.test("tokens are drawn as often as their probability says", () =>
  withModel("qwen2", async (model) => {
    const [count, prompt] = [4000, [5, 9]];
    const prompts = padPrompts([prompt]);
    const seeds = keys(range(count));
    const choices = [temperature(3)];
    const { tokens } = await read(
      generate(model, { prompts, keys: seeds }, {
        ...{ maxTokens: 1, answers: count, choices },
      }),
    );
    const p = tf.tidy(() => {
      const row = tf.tensor2d([prompt], undefined, "int32");
      const last = model.logits(row).slice([0, 1]).flatten();
      return tf.softmax(tf.div(last, 3));
    });
    const counts = range(40).map((id) =>
      tokens.filter(([token]) => token === id).length
    );
    const exact = [...await p.data()];
    const statistic = counts.reduce(
      (sum, n, i) => sum + (n - count * exact[i]) ** 2 / (count * exact[i]),
      0,
    );
    // 39 degrees of freedom: beyond 72.1 once in a thousand seeds.
    assert(statistic < 72.1, `chi-square ${statistic}`);
    tf.dispose([prompts, seeds, p]);
  }));

Deno.test("an answer ends with the first of several stop tokens, which counts", () =>
  withModel("qwen2", async (model) => {
    const [maxTokens, stop] = [8, [20, 6]];
    const prompts = padPrompts(asked);
    const seeds = keys(range(60));
    const draw = (stop?: number[]) =>
      read(generate(model, { prompts, keys: seeds }, {
        ...{ maxTokens, answers: 20, stop, choices: [temperature(2)] },
      }));
    const [free, ended] = [await draw(), await draw(stop)];
    let [short, whole] = [0, 0];
    for (const [i, row] of free.tokens.entries()) {
      const at = row.findIndex((token) => stop.includes(token));
      const length = at < 0 ? maxTokens : at + 1;
      if (at < 0) whole++;
      else short++;
      const rest = maxTokens - length;
      assertEquals(
        ended.tokens[i],
        [...row.slice(0, length), ...Array(rest).fill(20)],
      );
      const zeros = Array(rest).fill(0);
      assertEquals(ended.mask[i], [...Array(length).fill(1), ...zeros]);
      const logp = free.logp[i].slice(0, length);
      assertEquals(ended.logp[i], [...logp, ...zeros]);
    }
    assert(short > 5 && whole > 5, `${short} ended, ${whole} did not`);
    tf.dispose([prompts, seeds]);
  }));

Deno.test("what cannot be drawn is refused by name", () =>
  withModel("llama", (model) => {
    const [prompts, seeds] = [padPrompts(asked), keys([1, 2, 3])];
    const draw = (options: object, keys = seeds) => () =>
      generate(model, { prompts, keys }, { maxTokens: 4, ...options });
    assertThrows(draw({ maxTokens: 0 }), RangeError, "maxTokens");
    assertThrows(draw({ maxTokens: 28 }), RangeError, "got 5 and 28");
    assertThrows(draw({ answers: 1.5 }), RangeError, "answers");
    assertThrows(
      draw({ answers: 2 }),
      TypeError,
      "shape [6, 2], one for each answer",
    );
    assertThrows(draw({ stop: [40] }), RangeError, "0 to 39, got 40");
    assertThrows(draw({ topK: 3 }), TypeError, '"topK"');
    const wrong = padPrompts([[41]]);
    const one = tf.slice(seeds, 0, 1);
    const draw41 = () =>
      generate(model, { prompts: wrong, keys: one }, { maxTokens: 1 });
    // WebGPU cannot read values at once.
    if (backend.name !== "webgpu") assertThrows(draw41, RangeError, "got 41");
    assertThrows(() => padPrompts([[1], []]), RangeError, "got 0 in prompt 1");
    assertThrows(() => padPrompts([[1, 2, 3]], 2), RangeError, "got 3");
    assertThrows(() => padPrompts([]), RangeError, "got none");
    tf.dispose([prompts, seeds, wrong, one]);
  }));
