import { assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { type Params } from "../../lib/models/params.ts";
import {
  type LanguageModel,
  withHeard,
} from "../../lib/pretrained/language/language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  type HeardClip,
  spokenWords,
  voices,
} from "../../lib/tracks/spoken_clips.ts";
import {
  askQuestion,
  spokenQuestions,
} from "../../lib/tracks/spoken_questions.ts";
import {
  shareRepeated,
  shareRight,
  workedSumTask,
} from "../../lib/tracks/worked_sums.ts";
import { trainedAdapters, withModel } from "../pretrained/decoder_fixtures.ts";

/** A tokenizer of the characters that the questions are written in. */
const characters = "0123456789+-=: ";

/** Tokens of characters, but `<7>` is token 7. */
const encode = (text: string) =>
  /^<\d+>$/.test(text)
    ? [Number(text.slice(1, -1))]
    : [...text].map((character) => 3 + characters.indexOf(character));

const withTokenizer = (body: (model: LanguageModel) => Promise<void>) =>
  withModel("llama", (model) => {
    const tokenizer = { encode } as LanguageModel["tokenizer"];
    return body({ ...model, tokenizer });
  });

/** A clip that is heard as it was said. */
function clip(words: number[], heldOut = false): HeardClip {
  const heard = words.map((word) =>
    spokenWords.map((_, k) => Number(k === word))
  );
  const [voice] = heldOut ? voices.heldOut : voices.trained;
  return { words, heldOut, heard, voice, text: `${words}` };
}

const clips = [clip([1, 10, 4]), clip([9, 11, 2]), clip([7, 11, 2], true)];
const { workedSum, resultOfSum } = spokenQuestions(clips);

/** The likeliest tokens after each prompt, one at a time. */
async function likeliest(
  model: LanguageModel,
  adapters: Params,
  length: number,
): Promise<number[][]> {
  const { heard, prompts } = askQuestion(model, workedSum);
  const listening = withHeard(model, heard);
  const all = await Promise.all(prompts.map(async (prompt) => {
    const written = [...prompt];
    for (let t = 0; t < length; t++) {
      const next = tf.tidy(() => {
        const tokens = tf.tensor2d([written], undefined, "int32");
        const logits = listening.logits(tokens, adapters);
        return tf.argMax(tf.slice(logits, [0, written.length - 1, 0]), -1);
      });
      written.push((await next.data())[0]);
      next.dispose();
    }
    return written.slice(prompt.length);
  }));
  heard.dispose();
  return all;
}

const wordsFirst = 4;

Deno.test("accuracy is that of the likeliest tokens, written one at a time", () =>
  withTokenizer(async (model) => {
    const start = trainedAdapters(model);
    // What a random model writes is taken as right for the first clip and the third.
    const written = await likeliest(model, start, wordsFirst + 1);
    const last = written.map((tokens) => tokens[wordsFirst]);
    const right = [last[0], (last[1] + 1) % 32, last[2]];
    const task = workedSumTask(model, {
      ...workedSum,
      answers: right.map((token) => `<${token}>`),
      isRight: (answer, words) =>
        answer ===
          `<${right[clips.findIndex((clip) => clip.words === words)]}>`,
    }, { name: "worked", start, wordsFirst });
    using measure = compile((params: Params) =>
      task.measure(params, {
        ...{ coefficient: tf.ones([1, 1, 1]), samples: 3, done: true },
      })
    );
    const columns = measure(start);
    const value = async (name: string) => (await columns[name].data())[0];
    assertEquals(await value("accuracy"), 0.5);
    assertEquals(await value("accuracyHeldOut"), 1);
    tf.dispose([columns, start]);
    task.dispose();
  }));

Deno.test("the last token is what counts, and the first words are compared with what was said", async () => {
  const answers = tf.tensor4d([[
    [[1, 12, 4, 0, 5], [1, 12, 4, 9, 6]], // Said and right, said and wrong.
    [[1, 13, 4, 0, 7], [0, 0, 0, 0, 7]], // Neither said, both right.
  ]]);
  const right = tf.tensor2d([[5], [7]]);
  const said = tf.tensor2d([[1, 12, 4], [1, 12, 4]]);
  const short = tf.slice(answers, [0, 0, 0, 4]);
  const values = tf.tidy(() => [
    shareRight(answers, right),
    shareRepeated(answers, said),
    shareRight(short, right),
    shareRepeated(short, said),
  ]);
  assertEquals(await Promise.all(values.map((value) => value.array())), [
    ...[[[0.5, 1]], [[1, 0]]],
    ...[[[0.5, 1]], [[NaN, NaN]]],
  ]);
  tf.dispose([answers, right, said, short, values]);
});

Deno.test("an answer is paid for its last token alone, by the clip it answers", () =>
  withTokenizer(async (model) => {
    const start = trainedAdapters(model);
    for (
      const [question, first] of [[workedSum, wordsFirst], [
        resultOfSum,
        0,
      ]] as const
    ) {
      const task = workedSumTask(model, question, {
        ...{ name: "worked", start, wordsFirst: first },
      });
      const reward = task.reward as (drawn: Tensor, c: Tensor) => Tensor;
      const digits = ["5", "7", "7", "5"].map((digit) => [
        ...encode("0+00").slice(0, first),
        ...encode(digit),
      ]);
      const answers = tf.tensor3d([digits], undefined, "int32");
      const c = tf.tensor1d([0, 0, 1, 1], "int32"); // 1 + 4, 9 - 2.
      const paid = reward(answers, c);
      assertEquals(await paid.array(), [[1, 0, 1, 0]]);
      tf.dispose([answers, c, paid]);
      task.dispose();
    }
    tf.dispose(start);
  }));
