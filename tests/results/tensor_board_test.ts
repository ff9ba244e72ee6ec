import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readFields } from "../../lib/compile/protobuf.ts";
import {
  type HostReward,
  type Run,
  run,
  type Task,
} from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow } from "../../lib/methods/mod.ts";
import { tensorBoard } from "../../lib/results/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  budget,
  countingReward,
  near,
  smallTask,
  withoutKept,
} from "../experiments/small_task.ts";
import { inFolder } from "../in_folder.ts";

const watched = (task: Task<FlowVelocities>, folder: string) =>
  run({
    ...{ name: "board", scale: "smoke", tasks: [task], budget },
    ...{ arms: [arm(adrpo(flow), [0.2, 0.5])], seeds: [3, 4] },
  }, { observers: [tensorBoard(folder)] });

const utf8 = new TextDecoder();

type Point = [step: number, tag: string, value: number | string];

/** The points of the only event file of a folder, those of a step by their tags. */
async function readPoints(folder: string) {
  const files = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  assertEquals(files.length, 1, `${files}`);
  const bytes = await Deno.readFile(join(folder, files[0]));
  const view = new DataView(bytes.buffer);
  const points: Point[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    const event = readFields(bytes.subarray(at + 12, at + 12 + length));
    at += length + 16;
    const [step = 0] = event.get(2) ?? [];
    for (const summary of event.get(5) ?? []) {
      for (const value of readFields(summary as Uint8Array).get(1) ?? []) {
        const fields = readFields(value as Uint8Array);
        const [tag, scalar, tensor] = [1, 2, 8]
          .map((field) => fields.get(field)?.[0] as Uint8Array);
        points.push([
          step as number,
          utf8.decode(tag),
          scalar
            ? new DataView(scalar.slice().buffer).getFloat32(0, true)
            : utf8.decode(readFields(tensor).get(8)![0] as Uint8Array),
        ]);
      }
    }
  }
  return byTag(points);
}

/** Sorts the points of each step by tag; steps stay in their order. */
const byTag = (points: Point[]) =>
  points.sort(([step, tag], [otherStep, otherTag]) =>
    step === otherStep ? tag < otherTag ? -1 : 1 : 0
  );

/** What a member's file is to hold, of a run. */
function pointsOf({ rows, shown }: Run, member: Record<string, number>) {
  const own = (rows: Run["rows"]) =>
    rows.filter((row) =>
      Object.entries(member).every(([name, value]) => row[name] === value)
    );
  return byTag(
    own(rows).flatMap(({ iteration, ...row }): Point[] => {
      const step = Number(iteration);
      const curves = Object.entries(row)
        .filter(([name, value]) =>
          !["coefficient", "seed"].includes(name) &&
          typeof value !== "string" && !Number.isNaN(value)
        )
        .map((
          [name, value],
        ): Point => [step, name, Math.fround(Number(value))]);
      const texts = own(shown).filter((row) => row.iteration === iteration)
        .map((row): Point => [
          step,
          "samples",
          "|coefficient|seed|answer|\n|-:|-:|:-|\n" +
          `|${row.coefficient}|${row.seed}|${row.answer}|\n`,
        ]);
      return [...curves, ...texts];
    }),
  );
}

/** A reward on the host that fails once, at a call; the door's is call 0. */
const failingAt = (failing: number): HostReward => {
  let calls = 0;
  return {
    name: "near 1",
    score(x1: Tensor) {
      if (calls++ === failing) throw new Error("the judge sleeps");
      return Promise.resolve(tf.tidy(() => near(1)(x1)));
    },
  };
};

/** Shows a text that tells the parameters apart. */
const show: Task<FlowVelocities>["show"] = async (params, members) => {
  const sizes = tf.tidy(() => tf.sum(params["output/kernel"], [1, 2]));
  const values = await sizes.data();
  sizes.dispose();
  return members.map((member) => ({
    member,
    answer: `size ${values[member]}`,
  }));
};

Deno.test("a run that fails and goes on has each step once in its files, as one that did not", async () => {
  await inFolder(async (folder) => {
    await withoutKept("board", async () => {
      const of = (failing: number) =>
        smallTask({ name: "board", reward: failingAt(failing), show });
      const members = join(folder, "board", "board ADRPO-FM");
      // Call 4 is of iteration 3, beyond the checkpoint at 2.
      await assertRejects(() => watched(of(4), folder), Error, "sleeps");
      const before = await readPoints(join(members, "beta0=0.5 seed=3"));
      assertEquals([...new Set(before.map(([step]) => step))], [0, 2]);
      await Deno.writeTextFile(join(folder, "mine.txt"), "stays");

      const whole = await watched(of(-1), folder);
      for (const coefficient of [0.2, 0.5]) {
        for (const seed of [3, 4]) {
          const name = `beta0=${coefficient} seed=${seed}`;
          assertEquals(
            await readPoints(join(members, name)),
            pointsOf(whole, { coefficient, seed }),
          );
        }
      }
      const points = await readPoints(join(members, "beta0=0.5 seed=3"));
      const steps = points.filter(([, tag]) => tag === "samples");
      assertEquals(steps.map(([step]) => step), [0, 2, 4]);
      assertEquals(points.slice(0, before.length), before);
      assertEquals(await Deno.readTextFile(join(folder, "mine.txt")), "stays");

      // What is read back gets its files too.
      await inFolder(async (other) => {
        await watched(of(-1), other);
        assertEquals(
          await readPoints(
            join(other, "board/board ADRPO-FM/beta0=0.5 seed=3"),
          ),
          points,
        );
      });
    });
  });
});

Deno.test("an observer serves several runs in turn", async () => {
  await inFolder(async (folder) => {
    const observer = tensorBoard(folder);
    const here = { iterations: 0, answers: 0, tokens: 0, seconds: 0 };
    const row = { task: "t", method: "m", coefficient: 1, seed: 0 };
    for (const experiment of ["first", "second"]) {
      for (const iterations of [[], [0], [0, 5]]) {
        await observer({
          run: {
            ...{ experiment, scale: "smoke", config: {}, shown: [] },
            ...{ tasks: {}, methods: { m: { coefficient: "b" } } },
            frontiers: [],
            rows: iterations.map((iteration) => ({ ...row, iteration, y: 1 })),
          },
          ...{ running: "t m", done: 0, total: 5, here },
        });
      }
      assertEquals(
        await readPoints(join(folder, experiment, "t m", "b=1 seed=0")),
        [[0, "y", 1], [5, "y", 1]],
      );
    }
  });
});

Deno.test("tasks of any name stay within the folder, each in its own", async () => {
  await inFolder(async (folder) => {
    await withoutKept("", async () => {
      const names = ["../up/a", "..%2Fup%2Fa", "ü 1"];
      for (const name of names) await watched(smallTask({ name }), folder);
      const made = Array.from(
        Deno.readDirSync(join(folder, "board")),
        ({ name }) => name,
      );
      assertEquals(made.toSorted(), [
        "%C3%BC 1 ADRPO-FM",
        "..%252Fup%252Fa ADRPO-FM",
        "..%2Fup%2Fa ADRPO-FM",
      ]);
    });
  });
});

Deno.test("a folder that cannot be written stops the run before its first step", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const { reward, calls } = countingReward();
    const error = await assertRejects(
      () => watched(smallTask({ name: "refused", reward }), join(file, "in")),
      Error,
      "Cannot write files of TensorBoard: expected a folder that can be written, got",
    );
    assert(error.message.includes(join(file, "in")), error.message);
    assertEquals(calls(), 1); // The door's.
  });
});
