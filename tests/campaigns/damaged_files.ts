/**
 * Damages files at random and reads them. Each damage must end in a RangeError that
 * names the file, or in an answer: no other error, no crash, no hang, no allocation out
 * of proportion to the file, no tensor or file left open; one flipped bit changes one
 * tensor at most. It is run by hand; the number is that of the damages for each reader,
 * 200 if none is said. Files in memory are quicker to damage:
 *
 *     TMPDIR=/dev/shm deno run -A tests/campaigns/damaged_files.ts [100000] [--reader "a shard"]
 *
 * Ends with exit code 1 if a damage did not end so. It is named by its number, with
 * which `--from NUMBER` begins.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { killIfThere } from "../kill_if_there.ts";
import { damage } from "./damages.ts";
import type { Content, FileReader } from "./file_readers.ts";

/** After so many seconds at one damage, its reader hangs. */
const patience = 60;

/** The largest array, in bytes, that a file of so many bytes may ask for. */
const proportion = (bytes: number) => 32 * bytes + 2 ** 16;

let limit = Infinity;

/** Makes every array as before, unless it is larger than the limit. */
function guardAllocations(): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  const arrays = [
    ...[Uint8Array, Int8Array, Uint16Array, Int32Array, Uint32Array],
    ...[Float32Array, BigInt64Array, ArrayBuffer, Array],
  ];
  for (const array of arrays) {
    const width = "BYTES_PER_ELEMENT" in array ? array.BYTES_PER_ELEMENT : 1;
    const guarded: unknown = new Proxy(array, {
      construct(target, args, asked) {
        const [size] = args;
        if (typeof size === "number" && width * size > limit) {
          throw new TypeError(`an array of ${width * size} bytes`);
        }
        return Reflect.construct(
          target,
          args,
          asked === guarded ? target : asked,
        );
      },
    });
    scope[array.name] = guarded;
  }
}

/** How many files of a folder are open, on Linux. */
function openFiles(folder: string): number {
  return Array.from(Deno.readDirSync("/proc/self/fd")).filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch { // It was closed meanwhile: the one that lists them.
      return false;
    }
  }).length;
}

/** What is wrong with how a damage ended, if anything is. */
async function problemOf(
  reader: FileReader,
  folder: string,
  whole: Content,
  what: string,
): Promise<string | undefined> {
  let content: Content;
  try {
    content = await reader.read(folder);
  } catch (error) {
    if (error instanceof RangeError && error.message.includes(folder)) return;
    return `${error instanceof Error ? error.stack : error}`;
  }
  if (!reader.holdsTensors || what !== "one bit flipped") return;
  const changed = Object.keys(whole).filter((name) =>
    name !== "config" && content[name] !== whole[name]
  );
  const { storedAs = (name: string) => name } = reader;
  const stored = new Set(changed.map(storedAs));
  if (stored.size > 1) return `other tensors: ${changed}`;
}

/** Reads one reader's file with each of its damages; says those that end badly. */
async function damageAll(
  name: string,
  from: number,
  count: number,
  folder: string,
): Promise<void> {
  guardAllocations();
  const { readers } = await import("./file_readers.ts");
  const { tf } = await import("../../lib/tf/backend.ts");
  const reader = readers[name];
  const path = join(folder, reader.file);
  await reader.prepare(folder);
  const bytes = await Deno.readFile(path);
  const whole = await reader.read(folder);
  const held = () => tf.memory().numTensors + openFiles(folder);
  const before = held();
  const begun = performance.now();
  console.warn = () => {};
  let bad = 0;
  for (let number = from; number < from + count; number++) {
    Deno.writeTextFileSync(`${folder}/damage-number`, `${number}`);
    const damaged = damage(bytes, number);
    Deno.writeFileSync(path, damaged.bytes);
    limit = proportion(bytes.length);
    const problem = await problemOf(reader, folder, whole, damaged.what);
    limit = Infinity;
    const left = held() - before;
    if (problem === undefined && left === 0) continue;
    bad++;
    console.log(
      `${name}, damage ${number} (${damaged.what}): ${
        problem ?? `${left} tensors or files left open`
      }`,
    );
    if (left > 0) break;
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(
    `${name}: ${count} damages in ${seconds} s, ${bad} ended badly`,
  );
  if (bad > 0) Deno.exit(1);
}

/** Runs a process of one reader, and says where it crashed or hangs; whether all is well. */
async function watch(
  name: string,
  from: number,
  count: number,
): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "damaged-" });
  const now = () =>
    Deno.readTextFile(`${folder}/damage-number`).catch(() => "none");
  const process = new Deno.Command("deno", {
    args: [
      ...["run", "-A", "--quiet", "--no-check", fileURLToPath(import.meta.url)],
      ...[`${count}`, "--from", `${from}`, "--reader", name],
      ...["--folder", folder],
    ],
    stderr: "null",
  }).spawn();
  let [last, waited] = ["", 0];
  const timer = setInterval(async () => {
    const number = await now();
    waited = number === last ? waited + 1 : 0;
    last = number;
    if (waited < patience) return;
    console.log(`${name}, damage ${number}: hangs`);
    killIfThere(process, "SIGKILL");
    clearInterval(timer);
  }, 1000);
  const { success, code, signal } = await process.status;
  clearInterval(timer);
  if (signal || code > 1) {
    console.log(`${name}, damage ${await now()}: ended by ${signal ?? code}`);
  }
  await Deno.remove(folder, { recursive: true });
  return success;
}

if (import.meta.main) {
  const { values, positionals: [count = "200"] } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      reader: { type: "string" },
      from: { type: "string", default: "0" },
      folder: { type: "string" },
    },
  });
  const [from, damages] = [Number(values.from), Number(count)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(damages)) {
    throw new RangeError(`Expected numbers of damages, got ${Deno.args}`);
  }
  if (values.folder !== undefined) {
    await damageAll(values.reader!, from, damages, values.folder);
  } else {
    const { readers } = await import("./file_readers.ts");
    const names = values.reader ? [values.reader] : Object.keys(readers);
    let well = true;
    for (const name of names) well = await watch(name, from, damages) && well;
    Deno.exit(well ? 0 : 1);
  }
}
