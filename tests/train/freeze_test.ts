import { assertEquals, assertThrows } from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import { adamUpdate, initAdam } from "../../lib/train/adam.ts";
import { freezeDiverged } from "../../lib/train/freeze.ts";
import { joinState, type State, stateGroup } from "../../lib/train/state.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

const limit = 100;

Deno.test("freezeDiverged() keeps a member that fails any signal, whatever the failure", async () => {
  const previous = {
    w: tf.range(0, 6),
    alive: tf.tensor1d([1, 1, 1, 1, 1, 0], "int32"),
  };
  const next = {
    w: tf.tensor1d([10, 11, NaN, 13, 14, 15]),
    alive: previous.alive,
  };
  const losses = tf.tensor1d([100, 101, NaN, 1, 1, 1]);
  const norms = tf.tensor1d([1, 1, 1, -Infinity, 1, 1]);
  const { w, alive } = freezeDiverged({ previous, next }, [losses, norms], {
    limit,
  });
  // Member 0 is at the limit; 1 beyond it; 2 NaN; 3 infinite; 5 frozen before.
  assertEquals([...await w.data()], [10, 1, 2, 3, 14, 5]);
  assertEquals([...await alive.data()], [1, 0, 0, 0, 1, 0]);
  assertEquals(alive.dtype, "int32");
  tf.dispose([previous, next.w, losses, norms, w, alive]);
});

Deno.test("freezeDiverged() hands on what both states share and leaks no tensor", () => {
  const shared = tf.zeros([7]);
  const previous = {
    alive: tf.ones([2], "int32"),
    shared,
    w: tf.zeros([2, 3]),
  };
  const next = { ...previous, w: tf.ones([2, 3]) };
  const signal = tf.zeros([2]);
  const before = tf.memory().numTensors;
  const state = freezeDiverged({ previous, next }, [signal], { limit });
  assertEquals(tf.memory().numTensors, before + 2);
  assertEquals(state.shared, shared);
  assertEquals(Object.keys(state), ["alive", "shared", "w"]);
  tf.dispose([previous, next, signal, state]);
});

/** Descends a quartic; a large rate diverges. */
function descend(state: State, learningRates: number[]): State {
  return tf.tidy(() => {
    const params = stateGroup(state, "params");
    const { losses, grads } = valueAndGrads(
      params,
      ({ w }) => tf.sum(tf.pow(w, 4), 1),
    );
    const { gradNorm, ...updated } = adamUpdate(
      { params, grads, adam: stateGroup(state, "adam") },
      { learningRate: tf.tensor1d(learningRates), clipNorm: 1 },
    );
    const next = joinState({ ...updated, alive: state.alive });
    return freezeDiverged({ previous: state, next }, [losses, gradNorm], {
      limit,
    });
  });
}

async function run(rows: number[][], learningRates: number[]) {
  const params = { w: tf.tensor2d(rows) };
  let state = joinState({
    params,
    adam: initAdam(params),
    alive: tf.ones([rows.length], "int32"),
  });
  for (let i = 0; i < 10; i++) {
    const next = descend(state, learningRates);
    tf.dispose(state);
    state = next;
  }
  const w = await state["params/w"].array() as number[][];
  const alive = [...await state.alive.data()];
  tf.dispose(state);
  return { w, alive };
}

Deno.test("freezeDiverged() lets a population go on as if the diverged member were not there", async () => {
  const healthy = await run([[1, -0.5], [0.3, 2]], [0.1, 0.05]);
  const mixed = await run([[1, -0.5], [0.1, 0.1], [0.3, 2]], [0.1, 1e9, 0.05]);
  assertEquals(mixed.alive, [1, 0, 1]);
  assertEquals([mixed.w[0], mixed.w[2]], healthy.w);
  assertEquals(mixed.w[1].every(Number.isFinite), true);
});

Deno.test("freezeDiverged() refuses what has no member axis, and limits that limit nothing", () => {
  const previous = { w: tf.zeros([3]), alive: tf.ones([2], "int32") };
  const next = { ...previous, w: tf.ones([3]) };
  const signal = tf.zeros([2]);
  assertThrows(
    () => freezeDiverged({ previous, next }, [signal], { limit }),
    TypeError,
    '"w" of shape [2, ...], got [3]',
  );
  for (const limit of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => freezeDiverged({ previous, next: previous }, [signal], { limit }),
      RangeError,
      `got ${limit}`,
    );
  }
  tf.dispose([previous, next, signal]);
});
