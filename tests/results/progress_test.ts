import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { progress, progressLine } from "../../lib/results/progress.ts";

/** Runs with stderr's lines caught, and KIT_PROGRESS naming a new file. */
async function caught(run: () => Promise<void>) {
  const path = await Deno.makeTempFile();
  const stderr: string[] = [];
  const { error } = console;
  console.error = (line: string) => stderr.push(line);
  Deno.env.set("KIT_PROGRESS", path);
  try {
    await run();
  } finally {
    console.error = error;
    Deno.env.delete("KIT_PROGRESS");
  }
  const file = (await Deno.readTextFile(path)).trim().split("\n");
  await Deno.remove(path);
  return { stderr, file: file.map((line) => JSON.parse(line)) };
}

Deno.test("progress() shows the first and the last of a quick run", async () => {
  const { stderr, file } = await caught(async () => {
    const training = progress("training", 50);
    for (let done = 0; done <= 50; done++) {
      await training.report(done, `r ${done}`);
    }
  });
  assertEquals(stderr.length, 2);
  assertEquals(stderr[0], "training: 0/50, started, r 0");
  assert(/^training: 50\/50, \d+\.\d s, r 50$/.test(stderr[1]), stderr[1]);
  assertEquals(file.map(({ done }) => done), [0, 50]);
  assertEquals(Object.keys(file[0]), [
    "label",
    "done",
    "total",
    "note",
    "seconds",
  ]);
});

Deno.test("progressLine() tells the time that is left", () => {
  const state = { label: "x", done: 3, total: 12, note: "n", seconds: 4 };
  assertEquals(progressLine(state), "x: 3/12, 12 s left, n");
});

Deno.test("progress() refuses counts that cannot be", async () => {
  assertThrows(() => progress("x", 0), RangeError, "got 0");
  const two = progress("x", 2);
  await assertRejects(() => two.report(3), RangeError, "[0, 2], got 3");
  await assertRejects(() => two.report(NaN), RangeError, "got NaN");
});
