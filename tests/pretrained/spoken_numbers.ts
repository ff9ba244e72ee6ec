/**
 * Real parts together: espeak-ng speaks sums, Whisper tiny.en hears them, a projector
 * is aligned with the embeddings of SmolLM2, which then reads sums that it hears as
 * those that are written. Voices and sums are held out; human digits are of Debian's
 * asterisk-core-sounds-en-wav. It takes some minutes and needs
 *
 *     apt install espeak-ng asterisk-core-sounds-en-wav
 *     deno task model whisper && deno task model smollm2
 *     deno task test -A tests/pretrained/spoken_numbers.ts
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { compile } from "../../lib/compile/mod.ts";
import { ctcLoss } from "../../lib/losses/ctc.ts";
import { type Params } from "../../lib/models/params.ts";
import { generate } from "../../lib/pretrained/language/generate.ts";
import {
  loadLanguageModel,
  withHeard,
} from "../../lib/pretrained/language/language_model.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { loadAudioEncoder } from "../../lib/pretrained/sound/audio_encoder.ts";
import { heardWords } from "../../lib/pretrained/sound/heard_words.ts";
import { logMel } from "../../lib/pretrained/sound/log_mel.ts";
import { resample } from "../../lib/pretrained/sound/resample.ts";
import { speak } from "../../lib/pretrained/sound/speech.ts";
import { readWav, type Sound } from "../../lib/pretrained/sound/wav.ts";
import { wordProjector } from "../../lib/pretrained/sound/word_projector.ts";
import { greedy } from "../../lib/samplers/greedy.ts";
import { cacheDir } from "../../lib/setup/cache.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, uniform } from "../../lib/tf/random.ts";
import { fit } from "../../lib/train/fit.ts";

/** What is said, and how the language model writes it: class k is row k - 1. */
const said = [
  ...["zero", "one", "two", "three", "four", "five", "six", "seven", "eight"],
  ...["nine", "plus", "minus"],
];
const written = [..."0123456789", " +", " -"];
const [plus, minus] = [10, 11];

const voices = {
  train: [
    ...["en-us", "en-us+m2", "en-us+f2", "en-gb+m3", "en-gb+f1", "en-029+m4"],
    ...["en-gb-scotland+m1", "en-gb-x-rp+f3", "en-gb-x-gbclan"],
    "en-gb-x-gbcwmd+f4",
  ],
  test: ["en-us+m7", "en-gb+f5", "en-gb-x-rp+m5", "en-029+f2"],
};
const models = join(cacheDir(), "models");
const human = "/usr/share/asterisk/sounds/en_US_f_Allison/digits";
const seconds = 2;
const sampleRate = 16_000;

interface Clip {
  words: number[];
  samples: Float32Array;
}

const at16kHz = ({ samples, sampleRate: from }: Sound) =>
  resample(samples, { from, to: sampleRate });

async function spoken(words: number[], voice: string): Promise<Clip> {
  const speed = 150 + words.reduce((a, b) => 7 * a + b, voice.length) % 60;
  const text = words.map((word) => said[word]).join(" ");
  return { words, samples: at16kHz(await speak(text, { voice, speed })) };
}

/** Sums and differences of digits, a fifth of which is held out. */
const sums = [plus, minus].flatMap((sign) =>
  Array.from({ length: 100 }, (_, i) => [Math.floor(i / 10), sign, i % 10])
);
const heldOut = ([a, sign, b]: number[]) => (7 * a + 3 * b + sign) % 5 === 0;

async function speakAll(
  voices: string[],
  own: number[][],
  each: number,
): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const [v, voice] of voices.entries()) {
    for (let digit = 0; digit < 10; digit++) {
      clips.push(await spoken([digit], voice));
    }
    for (let i = 0; i < each; i++) {
      clips.push(await spoken(own[(37 * v + 11 * i) % own.length], voice));
    }
  }
  return clips;
}

Deno.test("a projector that CTC aligned hears voices and sums that are new to it, and the language model reads them", async () => {
  const encoder = await loadAudioEncoder(`${models}/whisper/model.bin`);
  const model = await loadLanguageModel(
    `${models}/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf`,
  );
  const ids = written.map((word) => model.tokenizer!.encode(word));
  assertEquals(ids.map(({ length }) => length), written.map(() => 1));
  const { width } = model.decoder.config;
  const table = model.decoder.weights["model.embed_tokens.weight"];
  const embeddings = tf.gather(table, tf.tensor1d(ids.flat(), "int32"));

  await assertRejects(
    () => speak("one", { voice: "nobody" }),
    RangeError,
    "nobody",
  );
  const train = await speakAll(
    voices.train,
    sums.filter((sum) => !heldOut(sum)),
    30,
  );
  const test = await speakAll(voices.test, sums.filter(heldOut), 20);
  using encode = compile((features: Tensor) => encoder.encode(features));
  const statesOf = (clips: Clip[]) =>
    tf.tidy(() =>
      tf.concat(
        clips.map(({ samples }) =>
          encode(logMel(samples, { sampleRate, mels: 80, seconds }))
        ),
      )
    );

  const projector = wordProjector({
    ...{ inputs: encoder.audio.width, stack: 4, hidden: 512, outputs: width },
  });
  const states = statesOf(train);
  const rows = train.map(({ words }) =>
    [...words.map((k) => k + 1), 1, 1].slice(0, 3)
  );
  const targets = tf.tensor2d(rows, undefined, "int32");
  const lengths = tf.tensor1d(train.map(({ words }) => words.length), "int32");
  const { params } = await fit({
    init: projector.init,
    loss(params, keys) {
      const draw = tf.mul(uniform(keys, [64]), train.length);
      const batch = tf.reshape(tf.cast(tf.floor(draw), "int32"), [64]);
      const pick = (x: Tensor) => tf.gather(x, batch);
      const logits = projector.logits(params, pick(states), embeddings);
      return tf.expandDims(
        tf.mean(ctcLoss({
          logits: tf.squeeze(logits, [0]),
          targets: pick(targets),
          lengths: pick(lengths),
        })),
        0,
      );
    },
    iterations: 100,
    learningRate: 1e-3,
    seed: 1,
  });

  const hear = (clips: Clip[], params: Params) => {
    const logits = tf.tidy(() =>
      tf.squeeze(projector.logits(params, statesOf(clips), embeddings), [0])
    );
    return heardWords(logits, embeddings);
  };
  const rightOf = async (name: string, clips: Clip[]) => {
    const { rows, words } = await hear(clips, params);
    const right = rows.filter((own, i) =>
      `${own.map((row) => words[row])}` === `${clips[i].words}`
    );
    console.log(`${name}: ${right.length} of ${clips.length} are heard right`);
    return right.length / clips.length;
  };
  const isSum = ({ words }: Clip) => words.length > 1;
  assert(
    await rightOf("new voices, digits", test.filter((c) => !isSum(c))) > 0.9,
  );
  assert(await rightOf("new voices, new sums", test.filter(isSum)) > 0.9);
  const people = await Promise.all(
    said.slice(0, 10).map(async (_, digit) => ({
      words: [digit],
      samples: at16kHz(await readWav(`${human}/${digit}.wav`)),
    })),
  );
  assert(await rightOf("a human voice", people) >= 0.7);

  // Few-shot sums: what is heard stands where what is written would.
  const asked = test.filter(({ words: [a, sign, b] }) =>
    sign === plus && a + b < 10
  );
  const { heard, rows: places } = await hear(asked, params);
  const { encode: tokens } = model.tokenizer!;
  const shots = tokens("2 + 3 = 5\n4 + 1 = 5\n3 + 6 = 9\n7 + 1 = 8\n");
  const ends = tokens(" = ");
  const answersTo = async (prompts: number[][]) => {
    const seeds = keys(prompts.map((_, i) => i));
    const listening = withHeard(model, heard);
    const drawn = generate(listening, {
      prompts: padPrompts(prompts),
      keys: seeds,
    }, {
      ...{ maxTokens: 1, choices: [greedy] },
    });
    return (await drawn.tokens.array() as number[][]).map(([token]) =>
      ids.flat().indexOf(token)
    );
  };
  const { vocabulary } = model.decoder.config;
  const spokenAnswers = await answersTo(
    places.map((
      own,
    ) => [...shots, ...own.map((row) => vocabulary + row), ...ends]),
  );
  const writtenAnswers = await answersTo(
    asked.map((
      { words },
    ) => [...shots, ...words.map((word) => ids[word][0]), ...ends]),
  );
  const same = spokenAnswers.filter((answer, i) =>
    answer === writtenAnswers[i]
  );
  const right = (answers: number[]) =>
    answers.filter((answer, i) =>
      answer === asked[i].words[0] + asked[i].words[2]
    ).length;
  console.log(
    `of ${asked.length} sums, ${right(spokenAnswers)} right when heard, ${
      right(writtenAnswers)
    } when read; the same answer to ${same.length}`,
  );
  assert(same.length / asked.length > 0.8);
  encoder.dispose();
  model.dispose();
});
