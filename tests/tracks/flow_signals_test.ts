import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { adrpo, flow } from "../../lib/methods/mod.ts";
import { type VelocityModel } from "../../lib/models/velocity_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  adaptationBins,
  binColumn,
  flowSignals,
} from "../../lib/tracks/flow_signals.ts";

/** A flow on a line, of two prompts, whose velocity is its one parameter and the time. */
const model: VelocityModel = {
  dim: 1,
  contexts: 2,
  init: () => ({ speed: tf.zeros([1, 1, 1]) }),
  velocity: ({ speed }, xt, t) =>
    tf.add(tf.add(tf.zerosLike(xt), speed), t.rank ? tf.expandDims(t, -1) : t),
};
const reference = { speed: tf.tensor3d([[[0.5]]]) };
/** The reward is the place. */
const { draw, measure } = flowSignals(
  { model, reference },
  (x1) => tf.squeeze(x1 as Tensor, [2]),
);

Deno.test("signals are the means by hand of good and of bad samples", async () => {
  // Advantages -1, 0, 1 and -0.72, 0.23, 0.49; the second prompt has no loss.
  const signals = {
    rewards: tf.tensor3d([[[0, 1, 2], [0, 0.95, 1.21]]]),
    vt: tf.tensor4d([1, 2, 3, 0, 0, 0], [1, 2, 3, 1]),
    ut: tf.tensor4d([3, 0, 2, 0, 0, 0], [1, 2, 3, 1]),
    vRef: tf.zeros([1, 2, 3, 1]) as Tensor,
  };
  const coefficient = tf.tensor3d([0.5], [1, 1, 1]);
  const columns = measure(signals, {
    terms: (rewards) => adrpo(flow).terms(coefficient, rewards, {}),
    coefficient,
  });
  // D is 1, 4, 9; |vt - ut|^2 is 4, 4, 1; beta is 1.5, 0.5, -0.5, 1.22, 0.27, 0.01.
  const expected: Record<string, number> = {
    penalty: 14 / 6,
    penaltyGood: 9 / 3,
    penaltyBad: 1 / 2,
    pullGood: -4.5 / 3,
    pullBad: 1.5 / 2,
    pushGood: 1 / 3,
    pushBad: -4 / 2,
    covariance: (-1 + 9) / 6,
    betaMean: 0.5,
    betaNegative: 1 / 6,
  };
  // beta - beta0 is 1, 0, -1, 0.72, -0.23, -0.49, in bins of a tenth from -1.
  for (let bin = 0; bin < adaptationBins; bin++) {
    const filled = [19, 10, 0, 17, 7, 5].includes(bin);
    expected[binColumn(bin)] = filled ? 1 / 6 : 0;
  }
  assertEquals(Object.keys(columns), Object.keys(expected));
  for (const [name, column] of Object.entries(columns)) {
    const [value] = await column.data();
    assertAlmostEquals(value, expected[name], 1e-6, name);
  }
  tf.dispose([signals, coefficient, columns]);
});

Deno.test("adaptations beyond the bins count in the outermost", async () => {
  // Advantages -2, -1.5, 3.5: beta - beta0 is 2, 1.5, -3.5, and beta 5.5, 5, 0.
  const still = tf.zeros([1, 1, 3, 1]) as Tensor;
  const rewards = tf.tensor3d([[[0, 0.5, 5.5]]]);
  const coefficient = tf.tensor3d([3.5], [1, 1, 1]);
  const columns = measure({ vt: still, ut: still, vRef: still, rewards }, {
    terms: (rewards) => adrpo(flow).terms(coefficient, rewards, {}),
    coefficient,
  });
  const share = async (bin: number) =>
    (await columns[binColumn(bin)].data())[0];
  assertAlmostEquals(await share(0), 1 / 3, 1e-6);
  assertAlmostEquals(await share(adaptationBins - 1), 2 / 3, 1e-6);
  assertEquals([...await columns.betaNegative.data()], [0]);
  tf.dispose([still, rewards, coefficient, columns]);
});

Deno.test("signals are drawn from noise of their own, the same for all members", async () => {
  const speed = tf.tensor3d([[[1]], [[3]]]);
  const samples = 1000;
  const drawn = draw({ speed }, {
    coefficient: tf.ones([2, 1, 1]),
    samples,
    done: true,
  });
  assertEquals(drawn.rewards.shape, [2, 2, samples]);
  const count = 2 * samples;
  const read = async (tensor: Tensor) => {
    const values = [...await tensor.data()];
    return [values.slice(0, count), values.slice(count)];
  };
  const vt = await read(drawn.vt);
  const vRef = await read(drawn.vRef);
  const ut = await read(drawn.ut);
  const x1 = await read(drawn.rewards);
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / count;
  const error = 5 / Math.sqrt(count);
  [1, 3].forEach((own, m) => {
    const t = vt[m].map((value) => value - own);
    vRef[m].forEach((value, i) => assertAlmostEquals(value, 0.5 + t[i], 1e-6));
    assert(t.every((time) => time >= 0 && time <= 1));
    // Euler's steps end at start + speed + (0 + 1 + ... + 15) / 16^2.
    const start = x1[m].map((value) => value - own - 120 / 256);
    const x0 = x1[m].map((value, i) => value - ut[m][i]);
    // All of variance 1, but the square of noise, of 2.
    const drawn = [start, x0, t.map((time) => Math.sqrt(12) * (time - 0.5))];
    const squares = drawn.map((values) => values.map((x) => x * x - 1));
    const all = [...drawn, ...squares];
    all.forEach((values, i) => {
      assertAlmostEquals(mean(values), 0, 1.5 * error);
      // They know nothing of each other.
      all.forEach((others, j) => {
        if (i % 3 === j % 3) return;
        const product = mean(values.map((x, k) => x * others[k]));
        assertAlmostEquals(product, 0, 2 * error);
      });
    });
  });
  x1[0].forEach((value, i) => assertAlmostEquals(x1[1][i], value + 2, 1e-5));
  tf.dispose([speed, drawn]);
});
