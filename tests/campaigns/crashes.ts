/**
 * Runs that are killed at random moments, run out of disk, share a folder, or live by a
 * clock that jumps: they end with the bytes of an unbroken one. Run by the continuous
 * integration at a small size, as root (a disk of its own is mounted); by hand:
 *
 *     KIT_KILLS=50 deno task test -A tests/campaigns/crashes.ts
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCommand } from "../../lib/setup/run_command.ts";
import { killIfThere } from "../kill_if_there.ts";
import { copyCheckout, programOf, sweepIn } from "./checkout.ts";

const kills = Number(Deno.env.get("KIT_KILLS") ?? 6);
const kinds = ["flow", "host", "language"];

const folder = await Deno.makeTempDir({ prefix: "kit-crashes-" });
const runs = join(folder, "data/runs");
const argsOf = (kind: string) => [
  ...["run", `tests/campaigns/kinds/${kind}.ts`, "--scale", "smoke"],
];

/** What all runs of a kind must leave, and how long one takes in milliseconds. */
const unbroken = new Map<string, { bytes: string; takes: number }>();

Deno.test.beforeAll(async () => {
  await copyCheckout(folder);
  for (const kind of kinds) {
    const began = performance.now();
    const bytes = await finished(kind);
    unbroken.set(kind, { bytes, takes: performance.now() - began });
    await forget();
  }
});

Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

/** Runs a kind to its end; gives what it left. */
async function finished(kind: string, flags: string[] = []): Promise<string> {
  const said = await sweepIn(folder, argsOf(kind), { flags });
  return await Deno.readTextFile(said.trim().split("\n").at(-1)!);
}

async function forget() {
  for await (const { name } of Deno.readDir(runs)) {
    await Deno.remove(join(runs, name), { recursive: true });
  }
}

/** The files of a folder, and of those in it. */
async function filesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    names.push(
      ...isDirectory ? await filesIn(join(path, name)) : [join(path, name)],
    );
  }
  return names;
}

for (const [i, kind] of kinds.entries()) {
  const count = Math.floor((kills + i) / kinds.length);
  Deno.test(`${kind}: ${count} kills at random moments, and the bytes of an unbroken run`, async () => {
    const { bytes, takes } = unbroken.get(kind)!;
    let killed = 0;
    let ended = 0;
    while (killed < count) {
      const child = new Deno.Command("deno", {
        args: [...await programOf("sweep"), ...argsOf(kind)],
        cwd: folder,
        env: { INIT_CWD: folder },
        stdout: "null",
        stderr: "null",
      }).spawn();
      const timer = setTimeout(
        () => killIfThere(child, "SIGKILL"),
        takes * Math.random(),
      );
      const { signal } = await child.status;
      clearTimeout(timer);
      if (signal) killed++;
      else {
        ended++;
        await forget();
      }
    }
    assert(await finished(kind) === bytes, "other bytes");
    const left = (await filesIn(runs)).filter((name) => name.endsWith(".tmp"));
    console.log(
      `${kind}: ${killed} kills within ${takes.toFixed(0)} ms each; ` +
        `${ended} runs ended before; parts of files left: ${left.length}`,
    );
    await forget();
  });
}

Deno.test("two runs in one folder at once leave the bytes of one", async () => {
  for (const kind of kinds) {
    const both = await Promise.all([finished(kind), finished(kind)]);
    for (const bytes of both) assert(bytes === unbroken.get(kind)!.bytes, kind);
    await forget();
  }
});

Deno.test("a clock that jumps changes nothing", async () => {
  const clock = join(folder, "tests/campaigns/jumping_clock.ts");
  const flags = [`--preload=${clock}`];
  for (const kind of kinds) {
    assert(await finished(kind, flags) === unbroken.get(kind)!.bytes, kind);
    await forget();
  }
});

/** Mounts a disk in memory in the place of the runs. */
const mount = (...options: string[]) =>
  runCommand("mount", ["-t", "tmpfs", "-o", ...options, "kit", runs]);

const mayMount = await Deno.mkdir(runs, { recursive: true })
  .then(() => mount("size=4k"))
  .then(() => runCommand("umount", [runs]))
  .then(() => true, (error) => {
    console.error(`No full disk is tried: ${error.message}`);
    return false;
  });

Deno.test(
  "a disk that is full at each write: said, no part left, and the bytes of an unbroken run once it is larger",
  {
    ignore: !mayMount,
  },
  async () => {
    const page = 4; // kB, of which a disk in memory is made.
    await mount(`size=${page}k`);
    try {
      let full = 0;
      for (let size = page;; size += page) {
        await mount(`remount,size=${size}k`);
        const outcome = await finished("flow").catch((error: Error) => error);
        if (typeof outcome === "string") {
          assert(outcome === unbroken.get("flow")!.bytes, "other bytes");
          break;
        }
        assertStringIncludes(outcome.message, "No space left on device");
        const parts = (await filesIn(runs))
          .filter((name) => /\.(tmp|own)$/.test(name));
        assertEquals(parts, []);
        full++;
      }
      console.log(`a full disk: ${full} times, one page larger each time`);
      assert(full > 2, `the disk was full ${full} times only`);
    } finally {
      await runCommand("umount", [runs]);
    }
  },
);
