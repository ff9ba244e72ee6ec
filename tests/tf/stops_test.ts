import { assertEquals, assertLess, assertRejects } from "@std/assert";
import vm from "node:vm";
import { backend, type Tensor, tf } from "../../lib/tf/backend.ts";
import { unlessStopped, watchForStops } from "../../lib/tf/stops.ts";
import { compile } from "../../lib/compile/mod.ts";

const mend = watchForStops(tf);

/**
 * Stops an action as Jupyter does: no `catch` and no `finally` of it runs.
 *
 * @param action It goes on for ever.
 */
function stop(action: () => void) {
  const scope = globalThis as unknown as { stopped?: () => void };
  scope.stopped = action;
  try {
    vm.runInThisContext("stopped()", { timeout: 200 });
  } catch { // It was stopped.
  }
  delete scope.stopped;
}

/** Applies an op for ever. */
function endless(x: Tensor): Tensor {
  for (;;) tf.tidy(() => tf.square(x));
}

/** Stops an action, lets a timer see it, and checks that who waits is told. */
async function stopAndMend(action: () => void) {
  const ended = unlessStopped(() => new Promise(() => {}));
  stop(action);
  mend();
  await assertRejects(() => ended, Error, "Stopped");
}

async function gradientOfSquare() {
  using scope = tensors();
  const x = scope.hold(tf.scalar(3));
  const dx = scope.hold(tf.grad((x) => tf.square(x))(x));
  return (await dx.data())[0];
}

/** Disposes what it holds at the end of a block. */
function tensors() {
  const held: Tensor[] = [];
  return {
    hold: (tensor: Tensor) => (held.push(tensor), tensor),
    [Symbol.dispose]: () => tf.dispose(held),
  };
}

const stoppable: Record<string, () => void> = {
  "a gradient": () => tf.grad(endless)(tf.scalar(1)),
  "a gradient of a gradient": () =>
    tf.grad((x) => tf.grad(endless)(x))(tf.scalar(1)),
  "a gradient that is propagated back": () => {
    const square = tf.customGrad((x, save) => {
      (save as (tensors: Tensor[]) => void)([x as Tensor]);
      return {
        value: tf.square(x as Tensor),
        gradFunc: (dy) => endless(dy as Tensor),
      };
    });
    tf.grad((x) => square(x))(tf.scalar(1));
  },
};

/** A stop may leave what WebGPU was to compute half written, and reads then hang. */
const ignore = backend.name === "webgpu";

for (const [name, action] of Object.entries(stoppable)) {
  Deno.test(`after a stop in ${name} gradients work and no tape is left`, {
    ignore,
  }, async () => {
    const before = tf.memory().numTensors;
    await stopAndMend(() => tf.tidy(action));
    assertEquals(await gradientOfSquare(), 6);
    // The op that was cut off may leave its own; the tape would leave thousands.
    assertLess(tf.memory().numTensors, before + 10);
  });
}

Deno.test(
  "what a stopped scope held is disposed, and what was open before stays",
  { ignore },
  async () => {
    const before = tf.memory().numTensors;
    tf.engine().startScope();
    const outer = tf.scalar(1);
    await stopAndMend(() =>
      tf.tidy(() => {
        for (let i = 0; i < 100; i++) tf.ones([10]);
        endless(tf.scalar(1));
      })
    );
    assertEquals(outer.isDisposed, false);
    tf.engine().endScope(undefined as never);
    assertLess(tf.memory().numTensors, before + 10);
  },
);

Deno.test("a stop in a trace puts back Math.random, reading and the tracer", {
  ignore,
}, async () => {
  using f = compile((x: Tensor) => endless(x));
  await stopAndMend(() => f(1));
  assertEquals(Number.isFinite(Math.random()), true);
  using square = compile((x: Tensor) => tf.square(x));
  const y = square(3);
  assertEquals(await y.data(), Float32Array.of(9));
  y.dispose();
  assertEquals(square.traces, backend.name === "tensorflow" ? 1 : 0);
});

Deno.test("where nothing was stopped nothing is changed", async () => {
  tf.engine().startScope();
  const x = tf.scalar(1);
  mend();
  assertEquals(x.isDisposed, false);
  assertEquals(await unlessStopped(() => Promise.resolve(2)), 2);
  tf.engine().endScope(undefined as never);
  assertEquals(x.isDisposed, true);
});
