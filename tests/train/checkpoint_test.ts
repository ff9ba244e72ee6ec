import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  decodeSafetensors,
  encodeSafetensors,
} from "../../lib/data/safetensors.ts";
import { tf } from "../../lib/tf/backend.ts";
import { readCheckpoint } from "../../lib/train/checkpoint.ts";
import { train } from "../../lib/train/train.ts";
import { type Step, type TrainResult } from "../../lib/train/train_options.ts";
import { killWhenItPrints } from "../kill_when_it_prints.ts";
import { longRun } from "./long_run.ts";
import { inFolder } from "../in_folder.ts";

const script = join(import.meta.dirname!, "long_run.ts");

const atPath = (test: (path: string) => Promise<void>) =>
  inFolder((folder) => test(join(folder, "run.safetensors")));

/** Everything a run leaves, as bytes and rows; disposes the state. */
async function outcome({ state, logs, evaluations }: TrainResult) {
  const bytes = await encodeSafetensors(state);
  tf.dispose(state);
  return { bytes, logs, evaluations };
}

Deno.test("a run that was killed goes on with the same result as an unbroken one", async () => {
  await atPath(async (path) => {
    const allowed = ["read", "write", "env", "sys", "ffi"]
      .map((what) => `--allow-${what}`);
    const run = ["run", "--no-lock", ...allowed, script, path];
    await killWhenItPrints("beyond a checkpoint", run);

    const { tensors, metadata } = decodeSafetensors(await Deno.readFile(path));
    assertEquals(JSON.parse(metadata.rows).iteration, 10);
    tf.dispose(tensors);

    const resumed = await outcome(await train(longRun(path)));
    const unbroken = await outcome(await train(longRun()));
    assertEquals(resumed, unbroken);
    // The run must have had what is hard to carry over.
    assert(unbroken.logs.some(({ loss }) => Number.isNaN(loss)));
    assert(unbroken.evaluations.some(({ alive }) => alive === false));
  });
});

/** Doubles; counts how often it is called. */
function doubling() {
  const calls = { count: 0 };
  const step: Step = ({ x }) => {
    calls.count++;
    return { state: { x: tf.mul(x, 2) }, logs: { x } };
  };
  const run = (path: string, config: unknown, members = [1, 3]) =>
    train({
      state: { x: tf.tensor1d(members) },
      step,
      iterations: 4,
      logEvery: 2,
      eager: true,
      checkpoint: { path, every: 2, config },
    });
  return { calls, run };
}

Deno.test("a finished run returns its result again without a step", async () => {
  await atPath(async (path) => {
    const { calls, run } = doubling();
    const before = tf.memory().numTensors;
    const first = await outcome(await run(path, { seed: 1 }));
    assertEquals(calls.count, 4);
    assertEquals(await outcome(await run(path, { seed: 1 })), first);
    assertEquals(calls.count, 4);
    assertEquals(tf.memory().numTensors, before);
  });
});

Deno.test("a checkpoint of another run is warned of, left out and replaced", async () => {
  await atPath(async (path) => {
    const { calls, run } = doubling();
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (message: string) => warnings.push(message);
    const before = tf.memory().numTensors;
    try {
      tf.dispose((await run(path, { seed: 1 })).state);
      tf.dispose((await run(path, { seed: 2 })).state);
      assertEquals([calls.count, warnings.length], [8, 1]);
      assert(warnings[0].includes(path));
      assert(warnings[0].includes('Expected {"run":{"config":{"seed":2}'));
      assert(warnings[0].includes('got {"run":{"config":{"seed":1}'));
      tf.dispose((await run(path, { seed: 2 }, [1, 3, 5])).state);
      assertEquals([calls.count, warnings.length], [12, 2]);
      tf.dispose((await run(path, { seed: 2 }, [1, 3, 5])).state);
      assertEquals([calls.count, warnings.length], [12, 2]);
    } finally {
      console.warn = warn;
    }
    assertEquals(tf.memory().numTensors, before);
  });
});

Deno.test("a file that is no checkpoint is an error, not a fresh start", async () => {
  await atPath(async (path) => {
    await Deno.writeTextFile(path, "junk");
    const before = tf.memory().numTensors;
    await assertRejects(
      () => doubling().run(path, {}),
      RangeError,
      `Cannot read ${path}: Cannot decode safetensors`,
    );
    assertEquals(tf.memory().numTensors, before);
    assertEquals(await Deno.readTextFile(path), "junk");
  });
});

Deno.test("a checkpoint whose rows are damaged is an error that names it", async () => {
  for (const rows of ["{", "{}", `{"iteration":1,"logs":{}}`]) {
    await atPath(async (path) => {
      const before = tf.memory().numTensors;
      const x = tf.ones([2]);
      const metadata = { fingerprint: "a run", rows };
      await Deno.writeFile(path, await encodeSafetensors({ x }, metadata));
      x.dispose();
      await assertRejects(
        () => readCheckpoint(path, "a run"),
        RangeError,
        `Cannot read ${path}: expected the rows of a run`,
      );
      assertEquals(tf.memory().numTensors, before);
    });
  }
});

Deno.test("a run that stopped goes on with what is given and what it showed", async () => {
  await atPath(async (path) => {
    const asked: number[] = [];
    const run = async (path: string, failAt: number) => {
      asked.length = 0;
      const { state, ...rest } = await train({
        state: { x: tf.tensor1d([1, 3]) },
        given(_, iteration) {
          asked.push(iteration);
          if (iteration === failAt) throw new Error("the judge sleeps");
          return Promise.resolve({ by: tf.scalar(iteration) });
        },
        step: ({ x }, _, { by }) => ({
          state: { x: tf.add(x, by) },
          logs: { by: tf.mul(by, tf.ones([2])) },
        }),
        iterations: 6,
        logEvery: 2,
        show: {
          every: 2,
          run: async ({ x }) => [{ x: (await x.data())[0], none: NaN }],
        },
        checkpoint: { path, every: 2, config: {} },
      });
      const x = Array.from(await state.x.data());
      tf.dispose(state);
      return { x, ...rest };
    };
    const before = tf.memory().numTensors;
    await assertRejects(() => run(path, 5), Error, "the judge sleeps");
    assertEquals(asked, [0, 1, 2, 3, 4, 5]);
    const resumed = await run(path, Infinity);
    assertEquals(asked, [4, 5]);
    assertEquals(resumed.resumedAt, 4);
    const unbroken = await run(`${path}.unbroken`, Infinity);
    assertEquals(resumed, { ...unbroken, resumedAt: 4 });
    assertEquals(resumed.shown.map(({ x }) => x), [1, 2, 7, 16]);
    const again = await run(path, Infinity);
    assertEquals(asked, []);
    assertEquals(again, { ...unbroken, resumedAt: 6 });
    assertEquals(tf.memory().numTensors, before);
  });
});
