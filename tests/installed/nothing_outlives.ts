/**
 * Real kills of `deno task reproduce`, `lab`, `bench`, `sweep` and `test`: nothing that they
 * started outlives them. Run by the continuous integration, with -A, as only that
 * lets `/proc` be read.
 *
 * @module
 */

import { root } from "../../lib/data/files.ts";
import { killIfThere } from "../kill_if_there.ts";
import { waitFor } from "../wait_for.ts";

/** The processes that descend from one, by `/proc`. */
async function descendants(ancestor: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent) parents.set(Number(name), Number(parent));
  }
  const found = [ancestor];
  for (const pid of found) {
    for (const [child, parent] of parents) {
      if (parent === pid) found.push(child);
    }
  }
  return found.slice(1);
}

/** The command line of a process; nothing once it has ended, reaped or not. */
async function commandOf(pid: number): Promise<string> {
  const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return line.replaceAll("\0", " ").trim();
}

/** What a task runs, and by what in its command line its last child is known. */
const tasks: Record<
  string,
  { args: string[]; child: RegExp; loads?: string }
> = {
  reproduce: {
    args: ["--scale", "smoke", "01_mode_collapse"],
    child: /^\S*deno jupyter --kernel/,
  },
  lab: { args: ["--no-browser"], child: /^\S*python -m jupyterlab/ },
  bench: { args: ["--quick"], child: /our_contender\.ts/ },
  sweep: {
    args: ["run", "tests/sweeps/small_sweep.ts", "--scale", "smoke"],
    child: /lib\/tasks\/sweep\.ts/,
    loads: "libtensorflow", // Else it may not watch its parent yet.
  },
  test: { args: ["tests/train"], child: /^\S*deno test/ },
};

/** The program of a task, without `deno task` above it. */
async function programOf(task: string): Promise<string[]> {
  const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  return config.tasks[task].command.split(" ").slice(1);
}

async function killAndLook(
  command: readonly string[],
  { child, loads = "" }: { child: RegExp; loads?: string },
  signal: Deno.Signal,
) {
  const started = new Deno.Command("deno", {
    args: [...command],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const begun = waitFor(`a process ${child}`, 60, async () => {
    const pids = await descendants(started.pid);
    for (const pid of pids) {
      if (!child.test(await commandOf(pid))) continue;
      const maps = await Deno.readTextFile(`/proc/${pid}/maps`).catch(() => "");
      if (maps.includes(loads)) return pids;
    }
  });
  await begun.catch(() => {});
  killIfThere(started, signal);
  await started.status;
  const pids = await begun;
  await waitFor(
    `the end of all that deno ${command.join(" ")} started`,
    15,
    async () => {
      const left = await Promise.all(pids.map(commandOf));
      return left.some(Boolean) ? undefined : true;
    },
  );
}

const signals = ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"] as const;

for (const [task, { args, ...known }] of Object.entries(tasks)) {
  for (const signal of task === "reproduce" ? signals : ["SIGKILL"] as const) {
    Deno.test(`${signal} to deno task ${task} ends all that it started`, () =>
      killAndLook(["task", task, ...args], known, signal));

    if (task === "sweep") continue; // Its program is all that there is.
    Deno.test(`${signal} to the program of ${task} ends all that it started`, async () =>
      killAndLook([...await programOf(task), ...args], known, signal));
  }
}
