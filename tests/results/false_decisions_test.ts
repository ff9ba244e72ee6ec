import { assert } from "@std/assert";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { judge } from "../../lib/results/judge.ts";
import { estimate } from "../../lib/results/per_seed.ts";
import { successDifference } from "../../lib/results/success_shares.ts";
import { above } from "../../lib/results/rules.ts";
import { isFalse, type Procedure, rates } from "./synthetic_study.ts";

/** About the noise of the first study's fronts, in margins of 0.1 nats and 1 answer. */
const noise = { referenceSpread: 0.3, seedSpread: 0.6 };
const design = { references: 4, seedsEach: 5, ...noise };
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

/** What a rate of 5% is at most in so many studies, but for one time in 700. */
const atMost = (studies: number) => 0.05 + 3 * Math.sqrt(0.05 * 0.95 / studies);

const truths = [
  {
    name: "no gain, much noise",
    gains: Array(6).fill(0),
    referenceSpread: 1.5,
  },
  { name: "gains of one margin", gains: [1, -1, 1, -1, 1, -1] },
  {
    name: "some of each, ten references of two seeds",
    ...{ gains: [0, 0, 0, 1, 2, -2], references: 10, seedsEach: 2 },
  },
];

for (const { name, ...truth } of truths) {
  Deno.test(`a family of six has a false verdict in at most 5% of studies: ${name}`, () => {
    const studies = 400;
    const { falseStudies } = rates({ ...design, ...truth }, { studies });
    console.log(
      `false verdicts in ${percent(falseStudies)} of ${studies} studies`,
    );
    assert(falseStudies <= atMost(studies), percent(falseStudies));
  });
}

Deno.test("the simulation notices a family without Holm, and seeds taken as independent", () => {
  const errors: [Procedure, (typeof truths)[number]][] = [
    ["each claim alone", truths[0]],
    ["seeds as references", truths[1]],
  ];
  for (const [procedure, truth] of errors) {
    const studies = 150;
    const { falseStudies } = rates({ ...design, ...truth }, {
      ...{ studies, procedure },
    });
    console.log(`${procedure}: false verdicts in ${percent(falseStudies)}`);
    assert(falseStudies > atMost(studies), percent(falseStudies));
  }
});

Deno.test("gains of two margins are found nearly always, of one mostly", () => {
  const gains = [1, 1, 1, 2, 2, 2];
  const { power } = rates({ ...design, gains }, { studies: 150 });
  console.log(`found, of gains 1 and 2: ${power.map(percent).join(" ")}`);
  assert(power.slice(0, 3).every((share) => share > 0.55));
  assert(power.slice(3).every((share) => share > 0.9));
});

Deno.test("shares of runs have a false verdict in at most 5% of comparisons", () => {
  const generator = xoroshiro128plus(5);
  const runs = (chance: number) =>
    Array.from({ length: 160 }, (_, i) => ({
      ...{ seed: i % 20, reference: i % 4 },
      lost: uniformFloat64(generator) < chance,
    }));
  const margin = 0.1;
  const rule = above(0, { margin });
  const studies = 400;
  for (const [a, b] of [[0, 0.1], [0.05, 0.15], [0.3, 0.3], [0, 0]]) {
    let wrong = 0;
    for (let i = 0; i < studies; i++) {
      const more = successDifference(runs(a), runs(b), ({ lost }) => lost);
      const [{ verdict }] = judge([{ ...estimate(more), rule }]);
      if (isFalse(verdict, (a - b) / margin)) wrong++;
    }
    assert(wrong / studies <= atMost(studies), `${a}, ${b}: ${wrong}`);
  }
});
