import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { completionLogits } from "../../lib/models/completion_logits.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { type Params } from "../../lib/models/params.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { temperature } from "../../lib/samplers/temperature.ts";
import {
  type Completions,
  sampleTokens,
  type SampleTokensOptions,
} from "../../lib/samplers/token_sampler.ts";
import { topK } from "../../lib/samplers/top_k.ts";
import { topP } from "../../lib/samplers/top_p.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { assertSameTensors } from "../compile/assert_same.ts";
import { evaluate } from "../evaluate.ts";

type Sampled = Parameters<typeof sampleTokens>[0];

/** The next token by the last one alone: rows of log-probabilities. */
const chain = (table: number[][]): Sampled => ({
  vocabulary: table.length,
  emptyCache: () => ({}),
  extend: (_, tokens) => ({
    logits: tf.log(tf.gather(tf.tensor2d(table), tokens)),
    cache: {},
  }),
});
const table = [[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.45, 0.1, 0.45]];

interface Drawn {
  tokens: number[][][];
  logp: number[][][];
  mask: number[][][];
}

async function read(draw: () => Completions): Promise<Drawn> {
  const before = tf.memory().numTensors;
  const drawn = tf.tidy(draw);
  const [tokens, logp, mask] = await Promise.all(
    [drawn.tokens, drawn.logp, drawn.mask].map((tensor) => tensor.array()),
  ) as number[][][][];
  tf.dispose(drawn);
  assertEquals(tf.memory().numTensors, before, "leaked");
  return { tokens, logp, mask };
}

/** Completions of `count` prompts of one token, 0. */
const draw = (
  options: SampleTokensOptions,
  { seeds = [1], count = 1, next = chain(table) } = {},
) =>
  read(() =>
    sampleTokens(next, {
      params: {},
      prompts: tf.zeros([count, 1], "int32"),
      keys: keys(seeds),
    }, options)
  );

/** The statistic of frequencies against probabilities, those of 0 left out. */
function chiSquare(counts: number[], probabilities: number[]): number {
  const total = counts.reduce((a, b) => a + b);
  return probabilities.reduce((sum, p, i) => {
    if (p === 0) assertEquals(counts[i], 0);
    return p === 0 ? sum : sum + (counts[i] - total * p) ** 2 / (total * p);
  }, 0);
}

Deno.test("sampleTokens() draws each completion as often as its probability says", async () => {
  const { tokens } = await draw({ length: 2 }, { count: 20_000 });
  const counts = Array(9).fill(0);
  for (const [first, second] of tokens[0]) counts[3 * first + second]++;
  const exact = table[0].flatMap((p, first) => table[first].map((q) => p * q));
  // 8 degrees of freedom: beyond 26.12 once in a thousand seeds.
  const statistic = chiSquare(counts, exact);
  assert(statistic < 26.12, `chi-square ${statistic}`);
});

for (
  const [name, choices, exact] of [
    // 0.6^2, 0.3^2, 0.1^2 over their sum, 0.46
    ["temperature(0.5)", [temperature(0.5)], [36 / 46, 9 / 46, 1 / 46]],
    ["topK(2)", [topK(2)], [2 / 3, 1 / 3, 0]],
    ["topP(0.7)", [topP(0.7)], [2 / 3, 1 / 3, 0]],
    ["topP(0.5)", [topP(0.5)], [1, 0, 0]],
    ["greedy", [greedy], [1, 0, 0]],
    [
      "temperature(0.5) and topK(2)",
      [temperature(0.5), topK(2)],
      [36 / 45, 9 / 45, 0],
    ],
  ] as const
) {
  Deno.test(`sampleTokens() with ${name} draws from the reshaped distribution`, async () => {
    const { tokens, logp } = await draw({ length: 1, choices }, {
      count: 20_000,
    });
    const counts = [0, 0, 0];
    tokens[0].forEach(([token], i) => {
      counts[token]++;
      assertAlmostEquals(logp[0][i][0], Math.log(exact[token]), 1e-5);
    });
    // 2 degrees of freedom at most: beyond 13.82 once in a thousand seeds.
    const statistic = chiSquare(counts, [...exact]);
    assert(statistic < 13.82, `chi-square ${statistic}`);
  });
}

const model = gpt({
  vocabulary: 6,
  promptTokens: 2,
  length: 5,
  width: 8,
  depth: 2,
  heads: 2,
});

for (
  const [name, choices] of Object.entries({
    "no choices": [],
    "temperature": [temperature(0.6)],
    "temperature, topK and topP": [temperature(1.5), topK(4), topP(0.8)],
  })
) {
  Deno.test(`sampleTokens() with ${name} returns the log-probabilities of a teacher-forced pass`, async () => {
    const gap = await evaluate(() => {
      const members = keys([3, 4]);
      const params = Object.fromEntries(
        Object.entries(model.init(members)).map(([key, value]) => [
          key,
          tf.mul(value, key === "output/kernel" ? 20 : 1), // far from uniform
        ]),
      );
      const prompts = tf.tensor2d([[6, 7], [7, 6], [6, 6]], [3, 2], "int32");
      const { tokens, logp } = sampleTokens(
        model,
        { params, prompts, keys: members },
        { length: 4, choices },
      );
      const logits = completionLogits(model, {
        params,
        prompts,
        completions: tokens,
      });
      const chosen = choices.reduce((x, choice) => choice(x), logits);
      return tf.sub(logp, tokenLogProbs({ logits: chosen, tokens }));
    });
    assertEquals(gap.shape, [2, 3, 4]);
    for (const value of gap.values) assertAlmostEquals(value, 0, 1e-4);
  });
}

Deno.test({
  name:
    "sampleTokens() draws the same when compiled, after prompts of any length",
  ignore: !canTrace,
  fn: () => {
    const members = keys([3, 4]);
    const params = model.init(members);
    for (const prompt of [[6], [6, 7]]) {
      const prompts = tf.tensor2d(
        [prompt, prompt.toReversed()],
        undefined,
        "int32",
      );
      const sample = (params: Params, keys: Tensor) =>
        sampleTokens(model, { params, prompts, keys }, {
          length: 4,
          choices: [temperature(0.8)],
          stop: 2,
        });
      using compiled = compile(sample);
      const [eager, graph] = [
        tf.tidy(() => sample(params, members)),
        compiled(params, members),
      ];
      assertSameTensors(eager, graph);
      tf.dispose([prompts, eager, graph]);
    }
    tf.dispose([members, params]);
  },
});

Deno.test("sampleTokens() stops at the stop token and masks what follows", async () => {
  const { tokens, logp, mask } = await draw({ length: 6, stop: 1 }, {
    count: 50,
  });
  let stopped = 0;
  tokens[0].forEach((row, i) => {
    const end = row.indexOf(1);
    const written = end < 0 ? 6 : end + 1;
    if (written < 6) stopped++;
    assertEquals(row.slice(written), Array(6 - written).fill(1));
    assertEquals(
      mask[0][i],
      row.map((_, t) => t < written ? 1 : 0),
    );
    row.forEach((token, t) => {
      const from = t === 0 ? 0 : row[t - 1];
      const expected = t < written ? Math.log(table[from][token]) : 0;
      assertAlmostEquals(logp[0][i][t], expected, 1e-5);
    });
  });
  assert(stopped > 10 && stopped < 50, `${stopped} stopped`);
});

Deno.test("sampleTokens() never changes what comes before the stop token by stopping", async () => {
  const free = await draw({ length: 6 }, { count: 50 });
  const stopping = await draw({ length: 6, stop: 1 }, { count: 50 });
  free.tokens[0].forEach((row, i) => {
    const end = row.indexOf(1);
    const written = end < 0 ? 6 : end + 1;
    assertEquals(
      stopping.tokens[0][i].slice(0, written),
      row.slice(0, written),
    );
  });
});

Deno.test("sampleTokens() draws a member by its own key alone", async () => {
  const options = { length: 4 };
  const together = await draw(options, { seeds: [1, 2, 3], count: 20 });
  const alone = await draw(options, { seeds: [2], count: 20 });
  assertEquals(together.tokens[1], alone.tokens[0]);
  const expected = alone.logp[0].flat();
  together.logp[1].flat().forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-6)
  );
  assertNotEquals(together.tokens[0], together.tokens[1]);
});

Deno.test("sampleTokens() is the same at the same key and draws samples apart", async () => {
  const first = await draw({ length: 4 }, { count: 20 });
  const second = await draw({ length: 4 }, { count: 20 });
  assertEquals(first, second);
  assert(new Set(first.tokens[0].map((row) => `${row}`)).size > 5);
});

Deno.test("sampleTokens() refuses what is out of range", () => {
  const seeds = keys([1]);
  const [prompts, floats] = [tf.zeros([2, 1], "int32"), tf.zeros([2, 1])];
  assertThrows(
    () =>
      sampleTokens(chain(table), { params: {}, prompts, keys: seeds }, {
        length: 0,
      }),
    RangeError,
    "length",
  );
  assertThrows(
    () =>
      sampleTokens(chain(table), { params: {}, prompts: floats, keys: seeds }, {
        length: 1,
      }),
    TypeError,
    "prompts",
  );
  tf.dispose([seeds, prompts, floats]);
});

Deno.test("sampleTokens() refuses a stop that is no token", async () => {
  for (const stop of [3, 99, -1, 0.5, NaN]) {
    await assertRejects(
      () => draw({ length: 2, stop }, { count: 1 }),
      RangeError,
      `Expected stop to be a token, an integer from 0 to 2, got ${stop}`,
    );
  }
});
