import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import {
  type HostReward,
  type Observer,
  run,
  type RunOptions,
  type RunProgress,
  type Task,
} from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow, grpo, orwCfmW2 } from "../../lib/methods/mod.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { tokenPolicy, type TokenSignals } from "../../lib/policies/tokens.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import {
  budget,
  countingReward,
  smallTask,
  withoutKept,
} from "./small_task.ts";

const arms = [arm(adrpo(flow), [0.2, 0.5]), arm(orwCfmW2({ tau: 1 }), [0])];

const watched = (task: Task<FlowVelocities>, options: RunOptions) =>
  run({
    ...{ name: "observe_test", scale: "smoke", tasks: [task], arms },
    ...{ seeds: [3, 4], budget },
  }, options);

/** Runs an action with the lines that go to stderr caught. */
async function errorsOf(action: () => Promise<unknown>) {
  const { error } = console;
  const lines: unknown[][] = [];
  console.error = (...line) => void lines.push(line);
  try {
    await action();
  } finally {
    console.error = error;
  }
  return lines;
}

/** The iterations that the kept runs of a task are at. */
async function keptAt(task: string): Promise<number[]> {
  const folder = join(runsDir("smoke"), "checkpoints");
  const files = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.startsWith(`${task}_`));
  return await Promise.all(files.map(async (name) => {
    const { tensors, metadata } = await readSafetensors(join(folder, name));
    tf.dispose(tensors);
    return JSON.parse(metadata.rows).iteration;
  }));
}

Deno.test("an observer hears of a run from before its first step to its end, of rows when they are kept", async () => {
  const task = smallTask({
    name: "heard",
    show: (_, members) =>
      Promise.resolve(members.map((member) => ({ member }))),
  });
  await withoutKept("heard", async () => {
    const heard: RunProgress[] = [];
    let rowsBefore = 0;
    const result = await watched(task, {
      observers: [async (progress) => {
        heard.push(progress);
        const { rows } = progress.run;
        const iteration = rows.at(-1)?.iteration ?? 0;
        const more = rows.length > rowsBefore;
        rowsBefore = rows.length;
        if (more && iteration !== 0) {
          assert((await keptAt("heard")).includes(Number(iteration)));
        }
      }],
    });
    const [first, last] = [heard[0], heard.at(-1)!];
    assertEquals([first.running, first.done, first.total], [
      ...["observe_test", 0, 2 * budget.iterations],
    ]);
    assertEquals([first.run.rows, first.run.shown], [[], []]);
    assertEquals(last.done, last.total);
    assertEquals(last.running, "heard ORW-CFM-W2, tau 1");
    assertEquals(last.run, result);
    // Two settings and one, of two seeds, 2 prompts with 4 answers, 4 iterations.
    assertEquals(last.here.iterations, 8);
    assertEquals(last.here.answers, (4 + 2) * 2 * 4 * 4);
    assertEquals(last.here.tokens, 0);
    for (const [i, { done, run: { rows }, here }] of heard.slice(1).entries()) {
      assert(done >= heard[i].done && here.seconds >= heard[i].here.seconds);
      const known = heard[i].run.rows;
      assertEquals(
        rows.slice(0, known.length).map(({ size }) => size),
        known.map(({ size }) => size),
      );
    }
    // Each evaluation was heard of at once.
    const counts = new Set(heard.map(({ run: { rows } }) => rows.length));
    assertEquals([...counts], [0, 4, 8, 12, 14, 16, 18]);
  });
});

Deno.test("an observer that fails on the way is left out, and the run and the others go on", async () => {
  const task = smallTask({ name: "left out" });
  await withoutKept("left_out", async () => {
    let [failures, others] = [0, 0];
    const broken: Observer = ({ run: { rows } }) => {
      if (rows.length < 8) return;
      failures++;
      throw new Error("the disk is full");
    };
    const other: Observer = ({ done }) => others = done;
    const results: unknown[] = [];
    const lines = await errorsOf(async () =>
      results.push(await watched(task, { observers: [broken, other] }))
    );
    assertEquals(lines.length, 1);
    assert(`${lines[0]}`.includes("the disk is full"), `${lines[0]}`);
    assertEquals(failures, 1);
    assertEquals(others, 2 * budget.iterations);
    results.push(await watched(task, { fresh: true }));
    assertEquals(results[0], results[1]);
  });
});

Deno.test("an observer that fails at first stops the run before anything is trained", async () => {
  const { reward, calls } = countingReward();
  const before = tf.memory().numTensors;
  await assertRejects(
    () =>
      watched(smallTask({ name: "at first", reward }), {
        observers: [() => Promise.reject(new Error("no such folder"))],
      }),
    Error,
    "no such folder",
  );
  assertEquals(calls(), 1); // The door's.
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("tokens are counted as far as answers go, and only those of this process", async () => {
  const language = gpt({
    ...{ vocabulary: 4, promptTokens: 2, length: 5, width: 4 },
    ...{ depth: 1, heads: 2 },
  });
  const reference = language.init(keys([0]));
  const policy = tokenPolicy({
    model: language,
    reference,
    ...{ prompts: [[4, 5], [5, 1]], length: 3, stop: 2 },
  });
  let drawn = 0;
  let scored = 0;
  const reward = (failing: boolean): HostReward => ({
    name: "first token",
    async score(answers) {
      const rows = await answers.array() as number[][][];
      scored++;
      if (failing && scored === 5) throw new Error("the judge sleeps");
      // Up to the stop, which counts.
      const lengths = rows.flat().map((row) => {
        const end = row.indexOf(2);
        return end < 0 ? row.length : end + 1;
      });
      drawn += lengths.reduce((a, b) => a + b);
      return tf.tensor2d(rows.map((member) => member.map(([first]) => first)));
    },
  });
  const of = (failing: boolean, observers: Observer[]) => {
    [drawn, scored] = [0, 0];
    return run<TokenSignals>({
      ...{ name: "observe_test", scale: "smoke", seeds: [0, 1], budget },
      tasks: [{
        ...{ name: "counted", policy, reward: reward(failing) },
        measure: (params) => ({
          size: tf.sum(params["output/kernel"], [1, 2]),
        }),
      }],
      arms: [arm(grpo(), [0.1])],
    }, { observers });
  };
  await withoutKept("counted", async () => {
    const heard: RunProgress["here"][] = [];
    const observer: Observer = ({ here, done }) => {
      heard.push(here);
      // What the door drew counts for nothing.
      if (done === 0) drawn = 0;
    };
    await assertRejects(() => of(true, [observer]), Error, "sleeps");
    await of(false, [observer]);
    const { iterations, answers, tokens } = heard.at(-1)!;
    // It went on at iteration 2 of 4.
    assertEquals([iterations, answers], [2, 2 * 2 * 2 * 4]);
    assertEquals(tokens, drawn);
    assert(tokens > answers && tokens < 3 * answers, `${tokens}`);
  });
  tf.dispose(reference);
});
