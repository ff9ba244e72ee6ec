import { join } from "node:path";
import { dataDir, writeText } from "../data/files.ts";
import { isRecord } from "../data/json.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/** What is said in a clip. */
export interface SpokenClip {
  /** A number `[n]`, or a sum `[a, sign, b]`, as places in {@linkcode spokenWords}. */
  readonly words: readonly number[];
  /** The words as they were spoken, with those around them. */
  readonly text: string;
  /** A voice of espeak-ng, or {@linkcode humanVoice}. */
  readonly voice: string;
  /** Whether training asks it, or only measures do: then voice and words are new. */
  readonly heldOut: boolean;
}

/** A clip, and what a projector made of it. */
export interface HeardClip extends SpokenClip {
  /** Of each word that was heard, the shares of {@linkcode spokenWords}, of sum 1. */
  readonly heard: readonly (readonly number[])[];
  /** The name of its WAV file in `data/clips`, of those few that are kept. */
  readonly sound?: string;
}

/** What can be said, and how a language model writes it. */
export const spokenWords: readonly { said: string; written: string }[] = [
  ...["zero", "one", "two", "three", "four", "five", "six", "seven", "eight"],
  "nine",
].map((said, digit) => ({ said, written: `${digit}` })).concat([
  { said: "plus", written: "+" },
  { said: "minus", written: "-" },
]);

/** The places of the signs in {@linkcode spokenWords}. */
export const [plus, minus] = [10, 11];

/** Recorded, not made: the prompts of Asterisk, by Allison Smith. */
export const humanVoice = "Allison";

/** Voices of espeak-ng: those that a projector learns from, and those that are new to it. */
export const voices: Readonly<Record<"trained" | "heldOut", string[]>> = {
  trained: [
    ...["en-us", "en-us+m2", "en-us+f2", "en-gb+m3", "en-gb+f1", "en-029+m4"],
    ...["en-gb-scotland+m1", "en-gb-x-rp+f3", "en-gb-x-gbclan"],
    "en-gb-x-gbcwmd+f4",
  ],
  heldOut: ["en-us+m7", "en-gb+f5", "en-gb-x-rp+m5", "en-029+f2"],
};

/** What stands before the words; the last is held out. */
const [plain, ...phrasings] = ["", "the number ", "what is ", "say ", "give "];
const newPhrasing = phrasings.pop()!;

/** Sums and differences of digits that are digits. */
const sums = [plus, minus].flatMap((sign) =>
  Array.from({ length: 100 }, (_, i) => [Math.floor(i / 10), sign, i % 10])
).filter((sum) => resultOf(sum) >= 0 && resultOf(sum) <= 9);

/** Sums that may be trained on, and the fifth of them that is held out. */
const [knownSums, newSums] = [false, true]
  .map((held) => sums.filter((_, i) => (i % 5 === 2) === held));

/** The numbers that are asked: each has three right sums or more. */
export const askedNumbers = [2, 3, 4, 5, 6, 7, 8, 9];

/** What a number or a sum comes to. */
export function resultOf([a, sign, b = 0]: readonly number[]): number {
  return sign === minus ? a - b : a + b;
}

function spoken(
  words: readonly number[],
  voice: string,
  { phrasing = plain, heldOut = false } = {},
): SpokenClip {
  const text = words.map((word) => spokenWords[word].said).join(" ");
  return { words, text: `${phrasing}${text}`, voice, heldOut };
}

/** Every seventh of a list, from `first` on and round again, `count` of them. */
function around<T>(list: readonly T[], first: number, count: number): T[] {
  return Array.from(
    { length: count },
    (_, i) => list[(first + 7 * i) % list.length],
  );
}

/** What a projector learns from: digits and sums in ten voices, half after other words. */
export function trainingClips(): SpokenClip[] {
  return voices.trained.flatMap((voice, v) => {
    const said = [
      ...Array.from({ length: 10 }, (_, digit) => [digit]),
      ...around(knownSums, 37 * v, 30),
    ];
    return said.flatMap((words, i) => [
      spoken(words, voice),
      ...i % 2 === v % 2
        ? [spoken(words, voice, { phrasing: phrasings[(i >> 1) % 3] })]
        : [],
    ]);
  });
}

/** What a projector is tested on: new voices, new sums, and words before them that are new. */
export function testClips(): SpokenClip[] {
  return voices.heldOut.flatMap((voice, v) =>
    [
      ...Array.from({ length: 10 }, (_, digit) => [digit]),
      ...around(newSums, 5 * v, 20),
    ].map((words, i) =>
      spoken(words, voice, {
        ...{ phrasing: i % 2 === 0 ? plain : newPhrasing, heldOut: true },
      })
    )
  );
}

/** The digits as a person says them. */
export function humanClips(): SpokenClip[] {
  return Array.from(
    { length: 10 },
    (_, digit) => spoken([digit], humanVoice, { heldOut: true }),
  );
}

/**
 * The clips that the tasks ask: each number from 2 to 9 in a voice that the projector
 * knows, and held out in two that it does not and by a person; and 16 sums in known
 * voices, with 16 others held out in new ones.
 */
export function taskClips(): SpokenClip[] {
  const of = (list: readonly string[], i: number) => list[i % list.length];
  const known = around(knownSums, 3, 16);
  const fresh = around(newSums, 0, 16);
  return [
    ...askedNumbers.map((n, i) => spoken([n], of(voices.trained, i))),
    ...askedNumbers.flatMap((n, i) => [
      spoken([n], of(voices.heldOut, i), { heldOut: true }),
      spoken([n], of(voices.heldOut, i + 1), {
        ...{ phrasing: newPhrasing, heldOut: true },
      }),
      spoken([n], humanVoice, { heldOut: true }),
    ]),
    ...known.map((sum, i) =>
      spoken(sum, of(voices.trained, i), {
        phrasing: [plain, ...phrasings][i % 4],
      })
    ),
    ...fresh.map((sum, i) =>
      spoken(sum, of(voices.heldOut, i), {
        ...{ phrasing: i % 2 === 0 ? plain : newPhrasing, heldOut: true },
      })
    ),
  ];
}

const heardFile = join(dataDir, "models", "spoken_numbers.json");

/**
 * Reads what was heard in the clips of the tasks: `deno task pretrain spoken_numbers`
 * spoke and heard them, so that nothing of that is needed to fine-tune on them.
 *
 * @param path The file, if not the kit's own.
 * @returns The clips.
 * @throws {RangeError} If a clip has another form, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { loadHeardClips } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const clips = await loadHeardClips();
 * const [{ text, heard }] = clips;
 * assertEquals([text, heard.length], ["two", 1]);
 * ```
 */
export async function loadHeardClips(
  path: string = heardFile,
): Promise<HeardClip[]> {
  const file: unknown = JSON.parse(await Deno.readTextFile(path));
  if (!isRecord(file) || !Array.isArray(file.clips)) {
    throw new RangeError(`Cannot read ${path}: expected { clips: [...] }`);
  }
  for (const [i, clip] of file.clips.entries()) {
    const problem = problemOf(clip);
    if (problem) {
      throw new RangeError(`Cannot read ${path}: clip ${i}: ${problem}`);
    }
  }
  return file.clips;
}

/** What is wrong with a clip, if anything is. */
function problemOf(clip: HeardClip): string | undefined {
  const { words, text, voice, heldOut, heard } = clip ?? {};
  const isWord = (word: unknown) => spokenWords[word as number] !== undefined;
  if (!Array.isArray(words) || ![1, 3].includes(words.length)) {
    return `expected words to be a number or a sum, got ${
      JSON.stringify(words)
    }`;
  }
  if (!words.every(isWord)) {
    return `expected words from 0 to ${spokenWords.length - 1}, got ${words}`;
  }
  if (typeof text !== "string" || typeof heldOut !== "boolean") {
    return "expected a text, and heldOut to be true or false";
  }
  const known = [...voices.trained, ...voices.heldOut, humanVoice];
  if (!known.includes(voice)) {
    return `expected a voice of ${known.join(", ")}, got ${voice}`;
  }
  if (!Array.isArray(heard) || heard.length === 0) {
    return "expected heard to have a word, got none";
  }
  const wrong = (heard as number[][]).find((shares) =>
    shares?.length !== spokenWords.length ||
    !(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-2)
  );
  return wrong &&
    `expected of each word heard ${spokenWords.length} shares of sum 1, got ${
      JSON.stringify(wrong)
    }`;
}

/** Writes what was heard, and how well, for {@linkcode loadHeardClips}. */
export async function writeHeardClips(
  clips: readonly HeardClip[],
  accuracies: Readonly<Record<string, number>>,
  path: string = heardFile,
): Promise<void> {
  const rounded = clips.map((clip) => ({
    ...clip,
    heard: clip.heard.map((shares) => shares.map((s) => Number(s.toFixed(4)))),
  }));
  const lines = rounded.map((clip) => `    ${JSON.stringify(clip)}`);
  await writeText(
    path,
    `{\n  "accuracies": ${JSON.stringify(accuracies)},\n  "clips": [\n${
      lines.join(",\n")
    }\n  ]\n}\n`,
  );
}

/**
 * What a language model hears: each word heard is the mean of the embeddings of
 * {@linkcode spokenWords} under its shares, `sum_k p_k e_k`.
 *
 * @param clips The clips.
 * @param embeddings Of the words, `[12, width]`.
 * @returns `[n, width]` for `withHeard`, those of all clips in their order; the caller
 * disposes it.
 */
export function heardEmbeddings(
  clips: readonly HeardClip[],
  embeddings: Tensor,
): Tensor {
  return tf.tidy(() =>
    tf.matMul(
      tf.tensor2d(clips.flatMap(({ heard }) => heard.map((row) => [...row]))),
      embeddings,
    )
  );
}
