import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { lastBlocks } from "../../lib/pretrained/language/adapters.ts";
import {
  answerTrees,
  listLogProbs,
} from "../../lib/pretrained/language/answer_trees.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { type Params } from "../../lib/models/params.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { families, trainedAdapters, withModel } from "./decoder_fixtures.ts";

const asked = [[5, 9, 11], [7], [3, 4]];
const lists = [
  [[6, 2], [6, 8, 2], [6, 8, 9, 2], [12, 2], [6, 8, 9, 10]],
  [[6, 2], [13, 6, 8, 2]],
  [[1]],
];

/** Two members: some adapters, and as many that do less. */
const pair = (adapters: Params): Params =>
  Object.fromEntries(
    Object.entries(adapters).map(([name, values]) => [
      name,
      tf.tidy(() => tf.concat([values, tf.mul(values, 0.5)])),
    ]),
  );

for (
  const [family, adapted] of families.flatMap((
    name,
  ) => [[name, "all blocks"], [name, "the last block"]])
) {
  Deno.test(`${family}, adapters in ${adapted}: the log-probability of every answer of a list is that of the answer read alone`, () =>
    withModel(family, async (model) => {
      const targets = adapted === "all blocks"
        ? undefined
        : lastBlocks(model, 1);
      const one = trainedAdapters(model, { targets });
      const adapters = pair(one);
      const prompts = padPrompts(asked);
      const trees = answerTrees(lists);
      const logp = listLogProbs(model, { prompts, trees }, adapters);
      const base = listLogProbs(model, { prompts, trees });
      assertEquals(logp.shape, [2, 3, 5]);
      assertEquals(base.shape, [1, 3, 5]);
      const halved = Object.fromEntries(
        Object.entries(adapters).map((
          [name, values],
        ) => [name, tf.slice(values, 1, 1)]),
      );
      const members: [Tensor, number, Params | undefined][] = [
        [logp, 0, one],
        [logp, 1, halved],
        [base, 0, undefined],
      ];
      for (const [values, member, own] of members) {
        const got = (await values.array() as number[][][])[member];
        for (const [c, answers] of lists.entries()) {
          assertEquals(
            got[c].slice(answers.length),
            Array(5 - answers.length).fill(Math.fround(-1e9)),
          );
          for (const [i, answer] of answers.entries()) {
            const tokens = tf.tensor2d(
              [[...asked[c], ...answer]],
              undefined,
              "int32",
            );
            const all = model.tokenLogProbs(tokens, own);
            const expected = [...await all.data()].slice(asked[c].length - 1)
              .reduce((a, b) => a + b);
            assertAlmostEquals(got[c][i], expected, 1e-4);
            tf.dispose([tokens, all]);
          }
        }
      }
      tf.dispose([one, adapters, halved, prompts, trees, logp, base]);
    }));
}

Deno.test("what cannot be a list of answers is named", () => {
  const cases: [number[][][], string][] = [
    [[[[1]], []], "to prompt 1, got none"],
    [[[[1], []]], "to prompt 0, got an empty one"],
    [[[[1, 2], [3], [1, 2]]], "got [1,2] twice"],
  ];
  for (const [list, message] of cases) {
    assertThrows(() => answerTrees(list), RangeError, message);
  }
});
