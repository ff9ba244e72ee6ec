import { assertEquals, assertThrows } from "@std/assert";
import {
  centeredAdvantages,
  clipAdvantages,
  groupAdvantages,
  raftWeights,
  rewardWeights,
} from "../../lib/losses/advantages.ts";
import { w2Penalty } from "../../lib/losses/divergences.ts";
import { flowMatchingLoss } from "../../lib/losses/objectives.ts";
import { adaptiveBeta } from "../../lib/losses/regularised.ts";
import {
  adrpoFlowLoss,
  advantageFlowLoss,
  orwCfmW2Loss,
  twoTerms,
} from "../../lib/losses/flow_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { type FlowInputs, flowInputs } from "./flow_inputs.ts";

/** Losses of velocities; which inputs each reads; whether it takes a coefficient. */
const losses: Record<string, {
  reads: (keyof FlowInputs)[];
  loss: (inputs: FlowInputs, coefficient: number | Tensor) => Tensor;
  coefficient?: string;
}> = {
  flowMatchingLoss: { reads: ["vt", "ut"], loss: flowMatchingLoss },
  w2Penalty: { reads: ["vt", "vRef"], loss: w2Penalty },
  twoTerms: {
    reads: ["vt", "ut", "vRef"],
    loss: (v, beta) => twoTerms(v, { weight: v.advantages, beta }),
    coefficient: "beta",
  },
  orwCfmW2Loss: {
    reads: ["vt", "ut", "vRef", "rewards"],
    loss: (v, beta) => orwCfmW2Loss(v, { tau: 1, beta }),
    coefficient: "beta",
  },
  "orwCfmW2Loss of tau": {
    reads: ["vt", "ut", "vRef", "rewards"],
    loss: (v, tau) => orwCfmW2Loss(v, { tau, beta: 1 }),
    coefficient: "tau",
  },
  adrpoFlowLoss: {
    reads: ["vt", "ut", "vRef", "advantages"],
    loss: (v, beta0) => adrpoFlowLoss(v, { beta0 }),
    coefficient: "beta0",
  },
  advantageFlowLoss: {
    reads: ["vt", "ut", "vRef", "advantages"],
    loss: (v, beta) => advantageFlowLoss(v, { beta }),
    coefficient: "beta",
  },
};

for (const [name, { reads, loss, coefficient }] of Object.entries(losses)) {
  Deno.test(`${name}: each input of another shape or type is refused`, () => {
    tf.tidy(() => {
      const inputs = flowInputs([4], 2);
      assertEquals(loss(inputs, 1).shape, [4]);
      for (const input of reads) {
        const { shape } = inputs[input]!;
        const wrong = [
          tf.zeros([...shape, 1]), // [B, 1] against [B]
          tf.zeros([1, ...shape.slice(1)]),
          tf.zeros(shape.slice(1)),
          tf.zeros([3, ...shape.slice(1)]),
          tf.zeros(shape, "int32"),
          undefined as unknown as Tensor,
        ];
        for (const value of wrong) {
          assertThrows(
            () => loss({ ...inputs, [input]: value }, 1),
            TypeError,
            "Expected",
          );
        }
      }
    });
  });

  Deno.test(`${name}: empty batches, empty events and scalars are refused`, () => {
    tf.tidy(() => {
      for (const shape of [[0, 2], [4, 0], []]) {
        const samples = shape.slice(0, -1);
        const v = tf.zeros(shape);
        const r = tf.zeros(samples);
        const inputs = { vt: v, ut: v, vRef: v, rewards: r, advantages: r };
        assertThrows(() => loss(inputs, 1), TypeError, "Expected");
      }
    });
  });

  if (!coefficient) continue;

  Deno.test(`${name}: a coefficient that is no size is refused`, () => {
    tf.tidy(() => {
      const inputs = flowInputs([4], 2);
      for (const value of [-1, NaN, Infinity]) {
        assertThrows(
          () => loss(inputs, value),
          RangeError,
          `Expected ${coefficient} to be finite and not negative, got ${value}`,
        );
      }
      for (const shape of [[4, 1], [1, 4], [3]]) {
        assertThrows(
          () => loss(inputs, tf.ones(shape)),
          TypeError,
          `Expected ${coefficient} to broadcast against [4], got [${shape}]`,
        );
      }
    });
  });
}

Deno.test("groups that are none are refused", () => {
  const of: Record<string, (rewards: Tensor) => Tensor> = {
    centeredAdvantages,
    groupAdvantages: (r) => groupAdvantages(r, { epsilon: 1 }),
    raftWeights: (r) => raftWeights(r, { keep: 1 }),
  };
  tf.tidy(() => {
    for (const [name, f] of Object.entries(of)) {
      const wrong = [tf.scalar(1), tf.zeros([0, 3]), tf.ones([2, 3], "int32")];
      for (const rewards of wrong) {
        assertThrows(() => f(rewards), TypeError, "Expected rewards", name);
      }
    }
    // A group of one has no spread.
    assertThrows(() => of.groupAdvantages(tf.ones([3, 1])), TypeError, "2");
  });
});

Deno.test("weights and advantages refuse what is no float32", () => {
  tf.tidy(() => {
    const integers = tf.ones([3], "int32");
    for (
      const f of [
        () => rewardWeights(integers, { tau: 1 }),
        () => adaptiveBeta(integers, { beta0: 1 }),
        () => clipAdvantages(integers, { min: -1, max: 1 }),
      ]
    ) assertThrows(f, TypeError, "float32");
  });
});

Deno.test("epsilon, keep and limits that make no sense are refused", () => {
  tf.tidy(() => {
    const rewards = tf.ones([2, 3]);
    for (const epsilon of [0, -1, NaN]) {
      assertThrows(
        () => groupAdvantages(rewards, { epsilon }),
        RangeError,
        "epsilon",
      );
    }
    for (const keep of [0, 4, 1.5, NaN]) {
      assertThrows(() => raftWeights(rewards, { keep }), RangeError, "1 to 3");
    }
    const clip = (min: number | Tensor, max: number | Tensor) => () =>
      clipAdvantages(rewards, { min, max });
    assertThrows(clip(NaN, 1), RangeError, "min");
    assertThrows(clip(-1, NaN), RangeError, "max");
    assertThrows(clip(1, -1), RangeError, "1 > -1");
    assertThrows(clip(-1, tf.ones([2])), TypeError, "max");
    assertThrows(clip(tf.ones([3, 1]), 1), TypeError, "min");
  });
});

Deno.test("each function makes one tensor and leaves its inputs alone", () => {
  const inputs = tf.tidy(() => flowInputs([2, 3], 2));
  const { rewards } = inputs;
  const calls = [
    ...Object.values(losses).map(({ loss }) => () => loss(inputs, 1)),
    () => centeredAdvantages(rewards),
    () => groupAdvantages(rewards, { epsilon: 1 }),
    () => clipAdvantages(rewards, { min: -1, max: 1 }),
    () => adaptiveBeta(rewards, { beta0: 1 }),
    () => rewardWeights(rewards, { tau: 1 }),
    () => raftWeights(rewards, { keep: 1 }),
  ];
  for (const call of calls) {
    const before = tf.memory().numTensors;
    const result = call();
    assertEquals(tf.memory().numTensors, before + 1);
    result.dispose();
  }
  assertEquals(Object.values(inputs).some((x) => x.isDisposed), false);
  tf.dispose(inputs);
});
