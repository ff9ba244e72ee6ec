import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { testEachWay } from "./ways.ts";

/** What the process holds: tensors of both sides, and sessions. */
function held() {
  const { binding } = tf.backend() as unknown as {
    binding?: { getNumOfTensors(): number; getNumOfSavedModels(): number };
  };
  return {
    tensors: tf.memory().numTensors,
    data: tf.memory().numDataBuffers,
    native: binding?.getNumOfTensors(),
    sessions: binding?.getNumOfSavedModels(),
  };
}

const megabytes = () => Deno.memoryUsage().rss / 2 ** 20;

testEachWay("a thousand calls leave nothing behind", (way) => {
  const large = tf.ones([1000]);
  using f = compile(
    (x: Tensor) => ({ y: tf.sum(tf.mul(x, large)), x }),
    way,
  );
  const x = tf.ones([1000]);
  tf.dispose(f(x));
  const before = held();
  for (let i = 0; i < 1000; i++) tf.dispose(f(x));
  assertEquals(held(), before);
});

testEachWay("a thousand resident steps leave nothing behind", (way) => {
  using step = compile(({ x }: { x: Tensor }, dx: Tensor) => ({
    state: { x: tf.add(x, dx) },
    sum: tf.sum(x),
  }), { resident: true, ...way });
  step.push({ x: tf.zeros([1000]) });
  tf.dispose(step(1));
  const before = held();
  for (let i = 0; i < 1000; i++) {
    tf.dispose(step(1));
    if (i % 100 === 0) {
      const state = step.pull();
      step.push(state);
      tf.dispose(state);
      tf.dispose(step(1));
    }
  }
  assertEquals(held(), before);
});

testEachWay(
  "a hundred compiled and disposed functions leave nothing",
  (way) => {
    const cycles = way.xla ? 5 : 100;
    const weights = tf.ones([256, 256]); // 256 KiB in every session
    const cycle = () =>
      tf.tidy(() => {
        using f = compile(
          (x: Tensor) => tf.matMul(x as never, weights as never),
          way,
        );
        using step = compile(({ w }: { w: Tensor }) => ({ state: { w } }), {
          resident: true,
          ...way,
        });
        f(tf.ones([2, 256]));
        step.push({ w: weights });
        step();
        step.pull();
      });
    for (let i = 0; i < 5; i++) cycle();
    const [before, size] = [held(), megabytes()];
    for (let i = 0; i < cycles; i++) cycle();
    assertEquals(held(), before);
    // Leaked variables alone would be 50 MiB.
    const grown = megabytes() - size;
    assert(grown < 25, `${grown} MiB more`);
  },
);

testEachWay("no folder is left behind", (way) => {
  const folder = Deno.makeTempDirSync();
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", folder); // Where temporary folders are made.
  try {
    using f = compile((x: Tensor) => tf.square(x), way);
    f(1);
    assertEquals([...Deno.readDirSync(folder)], []);
    const made = Deno.makeTempDirSync();
    assertEquals(made.startsWith(folder), true);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
    Deno.removeSync(folder, { recursive: true });
  }
});
