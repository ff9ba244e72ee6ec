import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { compile } from "../../lib/compile/mod.ts";
import { type Params } from "../../lib/models/params.ts";
import {
  type LanguageModel,
  withHeard,
} from "../../lib/pretrained/language/language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  type HeardClip,
  loadHeardClips,
  resultOf,
  spokenWords,
  trainingClips,
  voices,
} from "../../lib/tracks/spoken_clips.ts";
import { spokenTask } from "../../lib/tracks/spoken_numbers.ts";
import {
  askQuestion,
  type SpokenQuestion,
  spokenQuestions,
} from "../../lib/tracks/spoken_questions.ts";
import { inFolder } from "../in_folder.ts";
import { trainedAdapters, withModel } from "../pretrained/decoder_fixtures.ts";

/** A tokenizer of the characters that the questions are written in. */
const characters = "0123456789+-=";
const encode = (text: string) =>
  [...text].map((character) => 3 + characters.indexOf(character));

const withTokenizer = (body: (model: LanguageModel) => Promise<void>) =>
  withModel("llama", (model) => {
    const tokenizer = { encode } as LanguageModel["tokenizer"];
    return body({ ...model, tokenizer });
  });

/** A clip in which one word is sure, and one is heard as another with a share of 0.3. */
function clip(words: number[], heldOut = false): HeardClip {
  const heard = words.map((word, place) =>
    spokenWords.map((_, k) => {
      const sure = place === 0 ? 0.7 : 1;
      return k === word ? sure : k === (word + 1) % 12 ? 1 - sure : 0;
    })
  );
  const [voice] = heldOut ? voices.heldOut : voices.trained;
  return { words, heldOut, heard, voice, text: `${words}` };
}

const clips = [
  clip([2]),
  clip([5]),
  clip([3], true),
  clip([1, 10, 4]),
  clip([7, 11, 2], true),
];
const { sumsOfNumber, resultOfSum } = spokenQuestions(clips);

/** Every answer's log-probability, one whole sequence at a time, `[C][A]`. */
async function slowLogProbs(
  model: LanguageModel,
  question: SpokenQuestion,
  adapters?: Params,
): Promise<number[][]> {
  const { heard, prompts, answers } = askQuestion(model, question);
  const listening = withHeard(model, heard);
  const all = await Promise.all(
    prompts.map((prompt) =>
      Promise.all(answers.map(async (answer) => {
        const tokens = tf.tensor2d(
          [[...prompt, ...answer]],
          undefined,
          "int32",
        );
        const logp = listening.tokenLogProbs(tokens, adapters);
        const values = [...await logp.data()].slice(prompt.length - 1);
        tf.dispose([tokens, logp]);
        return values.reduce((a, b) => a + b);
      }))
    ),
  );
  heard.dispose();
  return all;
}

/** The measures of a task by plain loops, means over clips. */
function slowMeasures(
  logp: number[][],
  logpRef: number[][],
  isRight: (answer: number, clip: number) => boolean,
): Record<string, number> {
  const withOther = (row: number[]) => [
    ...row,
    Math.log(1 - row.reduce((sum, value) => sum + Math.exp(value), 0)),
  ];
  const mean = (of: (clip: number) => number) =>
    logp.reduce((sum, _, i) => sum + of(i), 0) / logp.length;
  const p = logp.map((row) => withOther(row).map(Math.exp));
  const q = logpRef.map((row) => withOther(row).map(Math.exp));
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const right = (i: number) => p[i].filter((_, k) => isRight(k, i));
  const best = (i: number) => p[i].indexOf(Math.max(...p[i]));
  return {
    reward: mean((i) => sum(right(i))),
    entropy: mean((i) => -sum(p[i].map((x) => x * Math.log(x)))),
    answers: mean((i) => {
      const shares = right(i).map((x) => x / sum(right(i)));
      return Math.exp(-sum(shares.map((x) => x * Math.log(x))));
    }),
    distinct8: mean((i) => sum(right(i).map((x) => 1 - (1 - x) ** 8))),
    klExact: mean((i) => sum(p[i].map((x, k) => x * Math.log(x / q[i][k])))),
    accuracy: mean((i) => Number(isRight(best(i), i))),
    overconfidence: mean((i) => p[i][best(i)] - Number(isRight(best(i), i))),
  };
}

for (const [name, question] of Object.entries({ sumsOfNumber, resultOfSum })) {
  Deno.test(`the measures of ${name} are those of every answer read one at a time, held out apart`, () =>
    withTokenizer(async (model) => {
      const start = trainedAdapters(model);
      const task = spokenTask(model, question, { name, start });
      using measure = compile((params: Params) =>
        task.measure(params, {
          ...{ coefficient: tf.ones([1, 1, 1]), samples: 1, done: true },
        })
      );
      const columns = measure(start);
      const logp = await slowLogProbs(model, question, start);
      const logpRef = await slowLogProbs(model, question);
      const asked = [...question.clips, ...question.heldOut];
      const part = (first: number, end: number) =>
        slowMeasures(
          logp.slice(first, end),
          logpRef.slice(first, end),
          (k, i) =>
            k < question.answers.length &&
            question.isRight(question.answers[k], asked[first + i].words),
        );
      const count = question.clips.length;
      const [own, others] = [part(0, count), part(count, asked.length)];
      for (const [column, expected] of Object.entries(own)) {
        const [value] = await columns[column].data();
        assertAlmostEquals(value, expected, 1e-4, column);
        const [held] = await columns[`${column}HeldOut`].data();
        assertAlmostEquals(held, others[column], 1e-4, `${column}HeldOut`);
      }
      // The start's own expectation, clip by clip.
      const expected = [...await task.startRewards!.data()];
      assertAlmostEquals(
        expected.reduce((a, b) => a + b) / count,
        own.reward,
        1e-4,
      );
      tf.dispose([columns, start]);
      task.dispose();
    }));
}

Deno.test("an answer is paid if it is a sum of the clip's number, written whole", () =>
  withTokenizer(async (model) => {
    const start = trainedAdapters(model);
    const task = spokenTask(model, sumsOfNumber, { name: "number", start });
    const reward = task.reward as (drawn: Tensor, c: Tensor) => Tensor;
    const drawn = ["1+1", "2+3", "1+1", "5+0", "2-0", "+++"].map(encode);
    const answers = tf.tensor3d([drawn], undefined, "int32");
    const c = tf.tensor1d([0, 0, 1, 1, 0, 0], "int32"); // Two, two, five ...
    const paid = reward(answers, c);
    assertEquals(await paid.array(), [[1, 0, 0, 1, 0, 0]]);
    tf.dispose([answers, c, paid, start]);
    task.dispose();
  }));

Deno.test("the likeliest answers to the first clip are shown, and the frontier starts at the reference", () =>
  withTokenizer(async (model) => {
    const start = trainedAdapters(model, { members: 1 });
    const task = spokenTask(model, sumsOfNumber, { name: "number", start });
    const shown = await task.show!(start, [0], { done: true });
    const [logp] = await slowLogProbs(model, sumsOfNumber, start);
    const best = Math.max(
      ...logp,
      Math.log(1 - logp.reduce((s, x) => s + Math.exp(x), 0)),
    );
    assertAlmostEquals(shown[0].probability as number, Math.exp(best), 1e-5);
    assertEquals(shown.length, 10);
    assertEquals(await task.show!(start, [0], { done: false }), []);
    const [first, ...rest] = await task.frontier!();
    assertEquals(first.lambda, Infinity);
    assertAlmostEquals(first.klExact as number, 0, 1e-5);
    assert(
      rest.every(({ reward }) => reward as number >= (first.reward as number)),
    );
    tf.dispose(start);
    task.dispose();
  }));

Deno.test("a question that cannot be asked is refused, naming what is wrong", () =>
  withTokenizer((model) => {
    const refuses = (
      change: Partial<SpokenQuestion>,
      message: string,
      of = model,
    ) => {
      const ask = () => askQuestion(of, { ...sumsOfNumber, ...change });
      assertThrows(ask, Error, message);
    };
    refuses({ heldOut: [] }, "clips held out, got 2 and 0");
    refuses({ answers: ["1+1", "10"] }, 'got "10" of 2');
    refuses({ isRight: () => false }, 'none to "2"');
    refuses({}, "tokenizer", { ...model, tokenizer: undefined });
    const twice = { encode: (text: string) => [...encode(text), 1] };
    refuses({}, '"0" to be one token', {
      ...model,
      tokenizer: twice as LanguageModel["tokenizer"],
    });
    return Promise.resolve();
  }));

Deno.test("of the kept clips, voices and sums that are held out are in nothing that is trained on", async () => {
  const kept = await loadHeardClips();
  const known = trainingClips();
  const spokenSums = new Set(
    known.filter(({ words }) => words.length === 3).map(({ words }) =>
      `${words}`
    ),
  );
  for (const { words, voice, heldOut } of kept) {
    assertEquals(voices.trained.includes(voice), !heldOut, voice);
    if (words.length === 1) continue;
    assertEquals(spokenSums.has(`${words}`), !heldOut, `${words}`);
    const result = resultOf(words);
    assert(result >= 0 && result <= 9, `${words}`);
  }
  assert(known.every(({ heldOut }) => !heldOut));
  const { sumsOfNumber, resultOfSum } = spokenQuestions(kept);
  const sizes = [sumsOfNumber, resultOfSum]
    .map(({ clips, heldOut }) => [clips.length, heldOut.length]);
  assertEquals(sizes, [[8, 24], [16, 16]]);
});

Deno.test("a damaged file of clips is refused, naming the clip", () =>
  inFolder(async (folder) => {
    const refuses = async (
      change: Record<string, unknown>,
      message: string,
    ) => {
      const path = join(folder, "clips.json");
      const damaged = { clips: [clip([2]), { ...clip([5]), ...change }] };
      await Deno.writeTextFile(path, JSON.stringify(damaged));
      await assertRejects(() => loadHeardClips(path), RangeError, message);
    };
    await refuses({ voice: "nobody" }, "clip 1: expected a voice");
    await refuses({ words: [1, 2] }, "a number or a sum, got [1,2]");
    await refuses({ words: [12] }, "words from 0 to 11, got 12");
    await refuses({ heard: [] }, "heard to have a word, got none");
    await refuses({ heard: [[1]] }, "12 shares of sum 1, got [1]");
    await refuses({ heard: [Array(12).fill(1)] }, "12 shares of sum 1");
    await refuses({ text: undefined }, "expected a text");
    await Deno.writeTextFile(join(folder, "none.json"), "[]");
    const none = () => loadHeardClips(join(folder, "none.json"));
    await assertRejects(none, RangeError, "clips");
  }));
