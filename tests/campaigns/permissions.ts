/**
 * Every permission of a task is one that it uses: each is dropped in turn, and the task
 * no longer works. Run by the continuous integration, as it takes minutes.
 *
 *     deno task test -A tests/campaigns/permissions.ts
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { root, writeText } from "../../lib/data/files.ts";
import { killIfThere } from "../kill_if_there.ts";
import { oneCell } from "../notebooks/one_cell.ts";
import { copyCheckout, programOf } from "./checkout.ts";

const checkout = await Deno.makeTempDir({ prefix: "kit-permissions-" });
const bin = join(checkout, "bin");

/** A small piece of a task's work. */
interface Job {
  task: string;
  args: string[];
  env?: Record<string, string>;
  /** What it prints once it has worked; it is ended then. */
  prints: RegExp;
  /** Permissions of the task that this work does not show the use of. */
  but?: readonly string[];
  /** Called before each try. */
  before?: () => Promise<unknown>;
}

/** Left out: a run of each takes minutes, or a network; the browser's is test's. */
const leftOut = [
  ...[
    "setup",
    "bench",
    "explore",
    "study",
    "pack",
    "pretrain",
    "model",
    "test:browser",
  ],
];

const runFlag = "--allow-run";
const sweepFile = "tests/sweeps/two_pieces.ts";
const submitted = join(checkout, "submitted");

const jobs: Job[] = [
  {
    task: "docs",
    args: [],
    prints: /written: .*claims\.md/,
    before: () => Deno.remove(join(checkout, "data/claims.md")).catch(() => {}),
  },
  {
    task: "show",
    args: ["fixed_beta_fronts"],
    env: { NODEPLOTLIB_PORT: "0" },
    prints: /Server running at/,
    but: ["--allow-sys", `${runFlag}=/bin/sh`], // They open the window.
  },
  {
    task: "lab",
    args: ["--version"],
    env: { KIT_BACKEND: "wasm" },
    prints: /^\d+\.\d+/m,
  },
  { task: "test", args: ["tests/layers_test.ts"], prints: /ok \| \d+ passed/ },
  {
    task: "ok",
    args: [],
    env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
    prints: /== examples[^]*\n(Not ok|All ok)/,
  },
  {
    task: "reproduce",
    args: ["--scale", "smoke", "notebooks/mine.ipynb"],
    env: { KIT_BACKEND: "wasm" },
    prints: /To browse them/,
    but: [`${runFlag}=nvidia-smi`], // Asks for a GPU; none here looks the same.
  },
  {
    task: "sweep",
    args: ["run", sweepFile, "--scale", "smoke"],
    env: { KIT_BACKEND: "tensorflow" }, // There are others that need less.
    prints: /run\.json/,
    but: [`${runFlag}=sbatch`, `${runFlag}=squeue`],
  },
  {
    task: "sweep",
    args: [
      ...["submit", sweepFile, "--scale", "smoke", "--engine", "slurm"],
      ...["--folder", submitted],
    ],
    env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
    prints: /Submitted 2 of 2/,
    but: ["read", "write", "env", "sys", "ffi", "run=squeue"]
      .map((name) => `--allow-${name}`),
    before: () => Deno.remove(submitted, { recursive: true }).catch(() => {}),
  },
];

Deno.test.beforeAll(async () => {
  await copyCheckout(checkout);
  const protocols = ["protocol.json", "protocol_2.json"];
  const kept = ["results", "figures", "bench", ...protocols]
    .map((name) => `data/${name}`);
  for (const part of ["README.md", "notebooks", ...kept]) {
    await cp(join(root, part), join(checkout, part), { recursive: true });
  }
  const mine = join(checkout, "notebooks/mine.ipynb");
  await writeText(mine, oneCell("1 + 1"));
  await Deno.mkdir(bin);
  for (const [name, says] of [["deno", ""], ["sbatch", "1"]]) {
    const script = `#!/bin/sh\ncat > /dev/null\necho ${says}\n`;
    await Deno.writeTextFile(join(bin, name), script, { mode: 0o755 });
  }
});

Deno.test.afterAll(() => Deno.remove(checkout, { recursive: true }));

/** Whether the work is done with these flags; what it printed. */
async function tried(
  { args, env, prints, before }: Job,
  program: readonly string[],
): Promise<{ works: boolean; output: string }> {
  await before?.();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...program, ...args],
    cwd: checkout,
    env: { INIT_CWD: checkout, NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const kill = () => killIfThere(child, "SIGKILL");
  const end = setTimeout(kill, 180_000);
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (prints.test(output)) kill();
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr), child.status]);
  clearTimeout(end);
  return { works: prints.test(output), output };
}

/** Each permission of a program, and the program without it. */
function withoutEach(program: readonly string[]): [string, string[]][] {
  return program.flatMap((flag, i) => {
    if (!flag.startsWith("--allow-")) return [];
    const [name, list] = flag.split("=");
    const items = list?.split(",") ?? [];
    const put = (...flags: string[]) =>
      program.toSpliced(i, 1, ...flags) as string[];
    if (items.length < 2) return [[flag, put()]];
    return items.map((item): [string, string[]] => [
      `${name}=${item}`,
      put(`${name}=${items.filter((other) => other !== item)}`),
    ]);
  });
}

for (const job of jobs) {
  Deno.test(`deno task ${job.task} ${job.args[0] ?? ""}: each permission is used`, async () => {
    const program = await programOf(job.task);
    const { works, output } = await tried(job, program);
    assert(works, output);
    const unused: string[] = [];
    for (const [permission, without] of withoutEach(program)) {
      if (job.but?.includes(permission)) continue;
      if ((await tried(job, without)).works) unused.push(permission);
    }
    assertEquals(unused, []);
  });
}

Deno.test("no task may do everything", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const looked = [...leftOut, ...jobs.map(({ task }) => task)];
  assertEquals(new Set(looked), new Set(Object.keys(tasks)));
  for (
    const [task, { command }] of Object.entries<{ command: string }>(tasks)
  ) {
    const words = command.split(" ");
    assert(!words.includes("-A") && !words.includes("--allow-all"), task);
    assert(
      !words.includes("--allow-run") && !words.includes("--allow-net"),
      task,
    );
  }
});
