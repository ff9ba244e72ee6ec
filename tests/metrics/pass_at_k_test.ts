import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import {
  distinctAnswers,
  passAtK,
  sequenceFrontier,
  tiltedSequences,
} from "../../lib/metrics/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

const draws = 3;
const p = [0.5, 0.2, 0.1, 0.2];
const right = [1, 1, 0, 1];

/** Every way to draw three of four completions, with its probability. */
const allDraws = p.flatMap((_, i) =>
  p.flatMap((_, j) =>
    p.map((_, k) => ({ drawn: [i, j, k], chance: p[i] * p[j] * p[k] }))
  )
);
/** What is expected of a draw. */
const expected = (value: (drawn: number[]) => number) =>
  allDraws.reduce((sum, { drawn, chance }) => sum + chance * value(drawn), 0);
const rightOnes = (drawn: number[]) => drawn.filter((i) => right[i]);

Deno.test("passAtK() is the chance that one of all draws is right", async () => {
  const { values: [chance] } = await evaluate(() =>
    passAtK(tf.tensor1d([0.9]), { draws })
  );
  assertAlmostEquals(
    chance,
    expected((drawn) => Number(rightOnes(drawn).length > 0)),
    1e-6,
  );
});

Deno.test("distinctAnswers() counts the different right ones of all draws", async () => {
  const { values } = await evaluate(() =>
    distinctAnswers({
      logp: tf.log(tf.tensor2d([p, [1, 0, 0, 0], [0, 0, 1, 0]])),
      right: tf.tensor1d(right),
    }, { draws })
  );
  // The policy above; one that is sure of a right answer; one of a wrong answer.
  const wanted = [expected((drawn) => new Set(rightOnes(drawn)).size), 1, 0];
  values.forEach((value, i) => assertAlmostEquals(value, wanted[i], 1e-6));
});

Deno.test("pass@k counts rare answers, and a sum that rounds above 1", async () => {
  const { values: [rare, sure, never] } = await evaluate(() =>
    passAtK(tf.tensor1d([1e-9, 1 + 1e-6, 0]), { draws: 16 })
  );
  assertAlmostEquals(rare / 16e-9, 1, 1e-5);
  assertAlmostEquals(sure, 1, 1e-6);
  assertAlmostEquals(never, 0, 1e-9);
});

Deno.test("pass@k refuses what is no number of draws", () => {
  const [logp, one] = [tf.zeros([2, 3]), tf.zeros([2])];
  assertThrows(() => passAtK(one, { draws: 0 }), RangeError, "draws");
  assertThrows(
    () => distinctAnswers({ logp, right: one }, { draws: 1 }),
    TypeError,
    "right",
  );
  tf.dispose([logp, one]);
});

const reference = () => ({
  logpRef: tf.log(tf.tensor2d([[0.1, 0.2, 0.3, 0.4]])),
  rewards: tf.tensor2d([[1, 1, 0, 0.5]]),
});

Deno.test("tiltedSequences() keeps the reference's odds among equal rewards, and no others", async () => {
  const { values } = await evaluate(() =>
    tf.exp(tiltedSequences(reference(), { lambdas: [Infinity, 0.5, 0.05] }))
  );
  [0.1, 0.2, 0.3, 0.4].forEach((value, i) =>
    assertAlmostEquals(values[i], value, 1e-6)
  );
  for (const [l, lambda] of [[1, 0.5], [2, 0.05]]) {
    const [a, b, , d] = values.slice(4 * l);
    assertAlmostEquals(b / a, 2, 1e-4);
    assertAlmostEquals(d / b, 2 * Math.exp(-0.5 / lambda), 1e-4);
  }
});

Deno.test("the optima have the rewards of sequenceFrontier()", async () => {
  const values = reference();
  const [{ reward }] = await sequenceFrontier(values, { lambdas: [0.5] });
  const { values: own } = await evaluate(() =>
    tf.sum(
      tf.mul(
        tf.exp(tiltedSequences(reference(), { lambdas: [0.5] })),
        tf.tensor2d([[1, 1, 0, 0.5]]),
      ),
      -1,
    )
  );
  assertAlmostEquals(own[0], reward, 1e-6);
  assert(reward > 0.5);
  tf.dispose(values);
});
