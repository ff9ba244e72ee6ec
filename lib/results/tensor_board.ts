import { join } from "node:path";
import { writeBytes, writeChunks } from "../data/files.ts";
import type { Observer } from "../experiments/observe.ts";
import type { Run } from "../experiments/experiment.ts";
import { eventFileHead, eventRecords, type LoggedStep } from "./event_file.ts";
import type { TableRow } from "./rows.ts";
import { sampleTable } from "./sample_table.ts";

/** What names a member, and is no curve. */
const labels = ["reference", "coefficient", "seed", "iteration"];

/** The end of the names of our files. */
const ours = /^events\.out\.tfevents\.\d+\.kit$/;

/**
 * Writes a run as files of TensorBoard while it goes: a folder for each task and method,
 * in it one for each coefficient and seed, with a curve for each column of numbers and
 * the answers that are shown, if they are texts, as tables. A value that is not a number
 * (logs before the first iteration) has no point. `tensorboard --logdir FOLDER` shows
 * them live.
 *
 * Where a run was stopped and goes on, the file of a member is made anew from the rows of
 * the checkpoint before the first new one, and the old file is removed: no step comes
 * twice, and what was logged beyond the checkpoint is gone. The times of those rows are
 * then that of the resume. What is read back as a whole gets its files too.
 *
 * @param folder Where to write. Other files in it stay.
 * @returns An observer of `run`. It throws before anything is trained if the folder
 * cannot be written.
 *
 * @example
 * ```ts
 * import { type Run, tensorBoard } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const row = { task: "sums", method: "GRPO", coefficient: 0.1, seed: 0 };
 * const empty: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { sums: "sums" }, methods: { GRPO: { coefficient: "beta" } } },
 *   ...{ rows: [], shown: [] },
 * };
 * const here = { iterations: 0, answers: 0, tokens: 0, seconds: 1 };
 * const folder = await Deno.makeTempDir();
 * // As `run(experiment, { observers: [tensorBoard(folder)] })` calls it.
 * const observer = tensorBoard(folder);
 * for (const rows of [[], [{ ...row, iteration: 0, reward: 0.25 }]]) {
 *   const run = { ...empty, rows };
 *   await observer({ run, running: "sums GRPO", done: 0, total: 40, here });
 * }
 * const members = Array.from(Deno.readDirSync(`${folder}/mine/sums GRPO`));
 * assertEquals(members.map(({ name }) => name), ["beta=0.1 seed=0"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function tensorBoard(folder: string): Observer {
  const files = new Map<string, string>();
  let [rows, shown] = [0, 0];
  return async ({ run }) => {
    if (run.rows.length === 0) {
      await assertWritable(folder);
      files.clear();
      [rows, shown] = [0, 0];
    }
    const steps = stepsOf(run, { rows, shown });
    [rows, shown] = [run.rows.length, run.shown.length];
    for (const [member, news] of steps) {
      const time = Date.now() / 1000;
      const records = eventRecords(news, time);
      const file = files.get(member);
      if (file) {
        await Deno.writeFile(file, records, { append: true, create: false });
      } else {
        const own = join(folder, run.experiment, member);
        const parts = [eventFileHead(time), records];
        files.set(member, await replaceFile(own, parts));
      }
    }
  };
}

/** What is new, by the folder of a member, in the order of its steps. */
function stepsOf(
  { methods, ...run }: Run,
  before: { rows: number; shown: number },
): Map<string, LoggedStep[]> {
  const folderOf = ({ task, reference, method, coefficient, seed }: TableRow) =>
    [
      [task, reference, method],
      [`${methods[`${method}`].coefficient}=${coefficient}`, `seed=${seed}`],
    ].map((parts) =>
      fileName(parts.filter((part) => part !== undefined).join(" "))
    ).join("/");
  const rows = Map.groupBy(run.rows.slice(before.rows), folderOf);
  const shown = Map.groupBy(run.shown.slice(before.shown), folderOf);
  const members = new Set([...rows.keys(), ...shown.keys()]);
  return new Map(Array.from(members, (member) => [
    member,
    [
      ...(rows.get(member) ?? []).map(curvePoints),
      ...answerTables(shown.get(member) ?? []),
    ].sort((a, b) => a.step - b.step),
  ]));
}

function curvePoints({ iteration, ...row }: TableRow): LoggedStep {
  const points = Object.entries(row)
    .filter(([name, value]) =>
      !labels.includes(name) && typeof value !== "string" &&
      !Number.isNaN(value)
    )
    .map(([name, value]) => [name, Number(value)]);
  return { step: Number(iteration), scalars: Object.fromEntries(points) };
}

function answerTables(shown: readonly TableRow[]): LoggedStep[] {
  const byStep = Map.groupBy(shown, ({ iteration }) => Number(iteration));
  return [...byStep].flatMap(([step, rows]) => {
    const samples = sampleTable(rows)?.toMarkdown({ limit: Infinity });
    return samples ? [{ step, texts: { samples } }] : [];
  });
}

/** Different names for different texts, all of characters that file systems take. */
const fileName = (text: string) =>
  text.replaceAll(/[^\w .=+()-]/gu, encodeURIComponent);

/** Puts a file of events in place of those that an earlier process wrote. */
async function replaceFile(
  folder: string,
  parts: Uint8Array[],
): Promise<string> {
  const name = `events.out.tfevents.${Date.now()}.kit`;
  const path = join(folder, name);
  await writeChunks(path, parts);
  for await (const file of Deno.readDir(folder)) {
    if (ours.test(file.name) && file.name !== name) {
      await Deno.remove(join(folder, file.name));
    }
  }
  return path;
}

async function assertWritable(folder: string): Promise<void> {
  const probe = join(folder, `probe.${crypto.randomUUID()}`);
  try {
    await writeBytes(probe, new Uint8Array());
    await Deno.remove(probe);
  } catch (cause) {
    throw new Error(
      `Cannot write files of TensorBoard: expected a folder that can be written, got "${folder}": ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}
