import { assert, assertEquals, assertRejects } from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import { type Row } from "../../lib/train/row.ts";
import { type State } from "../../lib/train/state.ts";
import { train } from "../../lib/train/train.ts";
import { type Step, type TrainOptions } from "../../lib/train/train_options.ts";

/** Adds one to each member; logs the value before, and the iteration. */
const count: Step = ({ x }, iteration) => ({
  state: { x: tf.add(x, 1) },
  logs: { x, i: tf.fill([2], 1, "int32").mul(iteration) },
});
const start = (): State => ({ x: tf.tensor1d([0, 10]) });

Deno.test("train() logs the means of each window, the last one short", async () => {
  const { state, logs, evaluations } = await train({
    state: start(),
    step: count,
    iterations: 7,
    logEvery: 3,
  });
  assertEquals([...await state.x.data()], [7, 17]);
  // The windows are the iterations 0 to 2, 3 to 5, and 6.
  assertEquals(logs, [
    { iteration: 3, member: 0, x: 1, i: 1 },
    { iteration: 3, member: 1, x: 11, i: 1 },
    { iteration: 6, member: 0, x: 4, i: 4 },
    { iteration: 6, member: 1, x: 14, i: 4 },
    { iteration: 7, member: 0, x: 6, i: 6 },
    { iteration: 7, member: 1, x: 16, i: 6 },
  ]);
  assertEquals(evaluations, []);
  tf.dispose(state);
});

Deno.test("train() evaluates before the first iteration, in between and at the end, once each", async () => {
  const run = async ({ x }: State, iteration: number): Promise<Row[]> => [
    { x: (await x.data())[1], seen: iteration },
  ];
  const evaluated = async (iterations: number) => {
    const { state, evaluations } = await train({
      state: start(),
      step: count,
      iterations,
      logEvery: 10,
      evaluate: { every: 2, run },
    });
    tf.dispose(state);
    return evaluations;
  };
  const rows = [
    { iteration: 0, x: 10, seen: 0 },
    { iteration: 2, x: 12, seen: 2 },
    { iteration: 4, x: 14, seen: 4 },
  ];
  assertEquals(await evaluated(4), rows);
  assertEquals(await evaluated(5), [...rows, { iteration: 5, x: 15, seen: 5 }]);
});

Deno.test("train() owns the state it is given, keeps what a step hands on, and leaks no tensor", async () => {
  const before = tf.memory().numTensors;
  const fixed = tf.scalar(3);
  const { state } = await train({
    state: { ...start(), fixed },
    step: ({ x, fixed }) => ({
      state: { x: tf.add(x, fixed), fixed },
      logs: { x },
    }),
    iterations: 25,
    logEvery: 4,
    evaluate: { every: 5, run: () => Promise.resolve([]) },
  });
  assertEquals(await state.fixed.data(), Float32Array.of(3));
  assertEquals(fixed.isDisposed, true);
  assertEquals(tf.memory().numTensors, before + 2);
  tf.dispose(state);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() passes on an error of the step and leaves no tensor behind", async () => {
  const before = tf.memory().numTensors;
  let calls = 0;
  const step: Step = (state, iteration) => {
    if (++calls === 3) throw new Error("broken step");
    return count(state, iteration);
  };
  await assertRejects(
    () =>
      train({ state: start(), step, iterations: 9, logEvery: 5, eager: true }),
    Error,
    "broken step",
  );
  assertEquals(calls, 3);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() reports progress and lets other tasks run meanwhile", async () => {
  const seen: number[] = [];
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const slow: Step = (state, iteration) => {
    const until = performance.now() + 60;
    while (performance.now() < until);
    return count(state, iteration);
  };
  const { state } = await train({
    state: start(),
    step: slow,
    iterations: 6,
    logEvery: 6,
    eager: true,
    onProgress: ({ iteration, iterations }) => {
      assertEquals(iterations, 6);
      seen.push(iteration);
    },
  });
  clearInterval(timer);
  assert(seen.length >= 2);
  assertEquals(seen.at(-1), 6);
  assertEquals(seen, seen.toSorted((a, b) => a - b));
  assert(ticks > 0);
  tf.dispose(state);
});

Deno.test("train() refuses a step that changes the form of the state or logs no members", async () => {
  const refuses = async (step: Step, message: string) => {
    const before = tf.memory().numTensors;
    await assertRejects(
      () =>
        train({
          state: start(),
          step,
          iterations: 2,
          logEvery: 2,
          eager: true,
        }),
      TypeError,
      message,
    );
    assertEquals(tf.memory().numTensors, before);
  };
  await refuses(
    ({ x }) => ({ state: { x: tf.stack([x, x]) }, logs: { x } }),
    '"x float32 [2]" as entry 0 of the state, got "x float32 [2,2]"',
  );
  await refuses(
    ({ x }) => ({ state: { y: x }, logs: { x } }),
    'got "y float32 [2]"',
  );
  await refuses(
    ({ x }) => ({ state: { x: tf.cast(x, "int32") }, logs: { x } }),
    'got "x int32 [2]"',
  );
  await refuses(
    ({ x }) => ({ state: { x, y: x }, logs: { x } }),
    '"undefined" as entry 1 of the state, got "y float32 [2]"',
  );
  await refuses(({ x }) => ({ state: {}, logs: { x } }), 'got "undefined"');
  await refuses(
    ({ x }) => ({ state: { x }, logs: { x, loss: tf.sum(x) } }),
    '"loss" of shape [members], got []',
  );
  await refuses(
    ({ x }) => ({ state: { x }, logs: { x, loss: tf.zeros([3]) } }),
    "got [3]",
  );
  let calls = 0;
  await refuses(
    ({ x }) => ({ state: { x }, logs: { [calls++ === 0 ? "x" : "y"]: x } }),
    "expected logs x, got y",
  );
});

Deno.test("train() refuses counts that count nothing", async () => {
  const refuses = async (change: Partial<TrainOptions>, message: string) => {
    const options = { step: count, iterations: 2, logEvery: 2, ...change };
    await assertRejects(
      () => train({ ...options, state: start() }),
      RangeError,
      message,
    );
  };
  const before = tf.memory().numTensors;
  const run = () => Promise.resolve([]);
  await refuses({ iterations: 0 }, "iterations");
  await refuses({ iterations: 1.5 }, "1.5");
  await refuses({ logEvery: NaN }, "logEvery");
  await refuses({ evaluate: { every: -1, run } }, "evaluate.every");
  await refuses(
    { checkpoint: { path: "unused", every: 3, config: {} } },
    "multiple of logEvery 2, got 3",
  );
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() gives the same compiled as op by op", async () => {
  const run = (eager: boolean) =>
    train({ state: start(), step: count, iterations: 9, logEvery: 4, eager });
  const [compiled, plain] = [await run(false), await run(true)];
  assertEquals(compiled.logs, plain.logs);
  assertEquals(await compiled.state.x.data(), await plain.state.x.data());
  tf.dispose([compiled.state, plain.state]);
});

Deno.test("train() hands a step what is given from outside, made of the state before", async () => {
  const before = tf.memory().numTensors;
  const seen: [number, number[]][] = [];
  for (const eager of [true, false]) {
    seen.length = 0;
    const { state, logs } = await train({
      state: start(),
      async given({ x }, iteration) {
        seen.push([iteration, [...await x.data()]]);
        return { by: tf.tensor1d([iteration + 1, 10]) };
      },
      step: ({ x }, _, { by }) => ({
        state: { x: tf.add(x, by) },
        logs: { by },
      }),
      iterations: 3,
      logEvery: 3,
      eager,
    });
    assertEquals(seen, [[0, [0, 10]], [1, [1, 20]], [2, [3, 30]]]);
    assertEquals([...await state.x.data()], [6, 40]);
    assertEquals(logs.map(({ by }) => by), [2, 10]);
    tf.dispose(state);
  }
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() passes on an error from outside and leaves no tensor behind", async () => {
  const before = tf.memory().numTensors;
  await assertRejects(
    () =>
      train({
        state: start(),
        given: (_, iteration) =>
          iteration === 2
            ? Promise.reject(new Error("the judge sleeps"))
            : Promise.resolve({ by: tf.scalar(1) }),
        step: ({ x }, _, { by }) => ({
          state: { x: tf.add(x, by) },
          logs: { x },
        }),
        iterations: 4,
        logEvery: 4,
      }),
    Error,
    "the judge sleeps",
  );
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() keeps what it shows apart from what it measures, at its own pace", async () => {
  const rows = (name: string) => async ({ x }: State) => [
    { [name]: (await x.data())[0] },
  ];
  const { state, evaluations, shown } = await train({
    state: start(),
    step: count,
    iterations: 5,
    logEvery: 5,
    evaluate: { every: 3, run: rows("measured") },
    show: { every: 2, run: rows("shown") },
  });
  assertEquals(evaluations, [
    { iteration: 0, measured: 0 },
    { iteration: 3, measured: 3 },
    { iteration: 5, measured: 5 },
  ]);
  assertEquals(shown, [
    { iteration: 0, shown: 0 },
    { iteration: 2, shown: 2 },
    { iteration: 4, shown: 4 },
    { iteration: 5, shown: 5 },
  ]);
  tf.dispose(state);
});
