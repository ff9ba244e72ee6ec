import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { allTargets, digitSum, digitSumOf } from "../../lib/data/digit_sum.ts";
import { enumerateSequences } from "../../lib/data/enumerate_sequences.ts";
import { roughCorpus } from "../../lib/data/rough_corpus.ts";
import { sampleCorpus } from "../../lib/data/sample_corpus.ts";
import { shortcutCorpus } from "../../lib/data/shortcut_corpus.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";

const task = digitSum();
const sumOf = (index: number) =>
  Math.floor(index / 100) + Math.floor(index / 10) % 10 + index % 10;
const isEqual = (index: number) => index % 111 === 0;

Deno.test("enumerateSequences() counts in the base of the vocabulary", async () => {
  const all = enumerateSequences({ vocabulary: 10, length: 3 });
  assertEquals(all.shape, [1000, 3]);
  const rows = await all.array() as number[][];
  rows.forEach((digits, i) => assertEquals(Number(digits.join("")), i));
  all.dispose();
});

Deno.test("enumerateSequences() refuses more than a million", () => {
  assertThrows(
    () => enumerateSequences({ vocabulary: 10, length: 7 }),
    RangeError,
    "10^7",
  );
});

Deno.test("roughCorpus() falls with the distance of the sum, and sums to 1", () => {
  const { probabilities } = roughCorpus(task, { spread: 3 });
  probabilities.forEach((p, c) => {
    const target = task.targets[c];
    assertAlmostEquals(p.reduce((a, b) => a + b), 1, 1e-12);
    const at = (sum: number) => p[p.findIndex((_, i) => sumOf(i) === sum)];
    assertAlmostEquals(at(target - 3) / at(target), Math.exp(-1), 1e-12);
    assertAlmostEquals(at(target + 3) / at(target), Math.exp(-1), 1e-12);
    const right = p.filter((_, i) => sumOf(i) === target);
    const share = right.reduce((a, b) => a + b);
    assert(share > 0.14 && share < 0.2, `context ${c}: ${share} right`);
  });
});

Deno.test("shortcutCorpus() gives each kind its share", () => {
  const { probabilities } = shortcutCorpus(task, { equal: 0.35, right: 0.04 });
  probabilities.forEach((p, c) => {
    const share = (kind: (index: number) => boolean) =>
      p.reduce((total, q, i) => kind(i) ? total + q : total, 0);
    assertAlmostEquals(share(() => true), 1, 1e-12);
    assertAlmostEquals(share(isEqual), 0.35, 1e-12);
    assertAlmostEquals(share((i) => sumOf(i) === task.targets[c]), 0.04, 1e-12);
    assertEquals(new Set(p).size, 3);
  });
});

Deno.test("shortcutCorpus() refuses shares and targets that make no sense", () => {
  const refuses = (shares: { equal: number; right: number }, message: string) =>
    assertThrows(() => shortcutCorpus(task, shares), RangeError, message);
  refuses({ equal: 0, right: 0.1 }, "equal");
  refuses({ equal: 0.1, right: NaN }, "right");
  refuses({ equal: 0.6, right: 0.5 }, "1.1");
  assertThrows(
    () =>
      shortcutCorpus({ ...task, targets: [12] }, { equal: 0.3, right: 0.1 }),
    RangeError,
    "12",
  );
  assertThrows(() => roughCorpus(task, { spread: -1 }), RangeError, "-1");
});

Deno.test("sampleCorpus() draws each sequence as often as its probability says", async () => {
  // Two contexts of four sequences; the last of the first never comes.
  const probabilities = [[0.5, 0.3, 0.2, 0], [0.1, 0.2, 0.3, 0.4]];
  const corpus = { vocabulary: 2, length: 2, probabilities };
  const seeds = keys([5]);
  const perContext = 10_000;
  const { tokens, c } = sampleCorpus(corpus, seeds, { perContext });
  const rows = (await tokens.array() as number[][][])[0];
  const contexts = await c.array() as number[];
  const counts = probabilities.map((p) => p.map(() => 0));
  rows.forEach(([first, second], i) =>
    counts[contexts[i]][2 * first + second]++
  );
  probabilities.forEach((row, context) =>
    row.forEach((p, i) => {
      const error = Math.sqrt(p * (1 - p) / perContext);
      assertAlmostEquals(counts[context][i] / perContext, p, 4 * error);
    })
  );
  tf.dispose([seeds, tokens, c]);
});

Deno.test("sampleCorpus() draws a member by its own key alone and leaks nothing", async () => {
  const corpus = roughCorpus(task, { spread: 3 });
  const [both, one] = [keys([1, 2]), keys([2])];
  const before = tf.memory().numTensors;
  const together = sampleCorpus(corpus, both, { perContext: 5 });
  assertEquals(tf.memory().numTensors, before + 2);
  const alone = sampleCorpus(corpus, one, { perContext: 5 });
  const rows = await together.tokens.array() as number[][][];
  assertEquals([rows[1]], await alone.tokens.array() as number[][][]);
  tf.dispose([both, one, together, alone]);
});

Deno.test("digitSumOf() asks each target by a token of its own, whichever others are asked", () => {
  assertEquals(
    allTargets,
    [...new Set(Array.from({ length: 1000 }, (_, i) => sumOf(i)))].sort((
      a,
      b,
    ) => a - b),
  );
  const all = digitSumOf(allTargets);
  const some = digitSumOf([26, 4]);
  assertEquals(some.prompts, [all.prompts[26], all.prompts[4]]);
  assertEquals(new Set(all.prompts.flat()).size, 28);
  assertEquals({ ...some, targets: [], prompts: [] }, {
    ...task,
    targets: [],
    prompts: [],
  });
});

Deno.test("digitSumOf() refuses what is no sum of three digits, or comes twice", () => {
  for (const targets of [[], [28], [-1], [1.5], [4, 4]]) {
    assertThrows(() => digitSumOf(targets), RangeError, targets.join(", "));
  }
});
