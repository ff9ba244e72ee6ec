/**
 * A real Slurm on this machine: a controller and two nodes of one core, started in a
 * folder of their own and stopped again. Needs root, and Debian's slurmctld, slurmd,
 * slurm-client and munge.
 *
 * @module
 */

import { hostname } from "node:os";
import { join } from "node:path";
import { root } from "../../lib/data/files.ts";
import { endWithParent } from "../../lib/setup/python_env.ts";
import { runCommand } from "../../lib/setup/run_command.ts";
import { waitFor } from "../wait_for.ts";

export type Node = "n1" | "n2";
type Daemon = "munged" | "slurmctld" | Node;

/** A process that Slurm started, by `/proc`. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A Slurm that runs. */
export class Cluster {
  readonly #daemons = new Map<Daemon, Deno.ChildProcess>();
  readonly #conf: string;
  readonly #folder: string;

  /** For every program that talks to it. */
  get env(): Record<string, string> {
    return { SLURM_CONF: this.#conf };
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#conf = join(folder, "slurm.conf");
  }

  static async start(folder: string): Promise<Cluster> {
    const cluster = new Cluster(folder);
    for (const name of ["munge", "state", "spool-n1", "spool-n2"]) {
      await Deno.mkdir(join(folder, name), { recursive: true, mode: 0o711 });
    }
    const key = crypto.getRandomValues(new Uint8Array(1024));
    await Deno.writeFile(join(folder, "munge", "key"), key, { mode: 0o400 });
    await Deno.writeTextFile(cluster.#conf, configuration(folder));
    cluster.begin("munged");
    await waitFor("munge", 10, () => exists(join(folder, "munge/sock")));
    for (const name of ["slurmctld", "n1", "n2"] as const) {
      cluster.begin(name);
    }
    await cluster.ready();
    return cluster;
  }

  /** Starts a daemon, the first time or again. */
  begin(daemon: Daemon): void {
    const munge = join(this.#folder, "munge");
    const [program, args]: [string, string[]] = daemon === "munged"
      ? ["munged", [
        ...["--foreground", "--force", `--key-file=${munge}/key`],
        ...[`--socket=${munge}/sock`, `--pid-file=${munge}/pid`],
        ...[`--log-file=${munge}/log`, `--seed-file=${munge}/seed`],
      ]]
      : daemon === "slurmctld"
      ? ["slurmctld", ["-D", "-f", this.#conf]]
      : ["slurmd", ["-D", "-N", daemon, "-f", this.#conf]];
    const output = join(this.#folder, `${daemon}.out`);
    // Whatever becomes of the test, its daemons end with it.
    const child = new Deno.Command(join(root, ".venv/bin/python"), {
      args: [
        ...[endWithParent, "sh", "-c", 'exec "$@" >>"$0" 2>&1', output],
        ...[program, ...args],
      ],
      env: this.env,
      stdin: "null",
    }).spawn();
    this.#daemons.set(daemon, child);
  }

  /** Waits until both nodes take tasks. */
  async ready(): Promise<void> {
    await waitFor("two idle nodes", 60, async () => {
      const states = await this.ask("sinfo", "-h", "-N", "-o", "%t")
        .catch(() => "");
      return states.trim().split("\n").filter((state) =>
        /^(idle|mix|alloc)$/.test(state)
      ).length === 2;
    });
  }

  /** Runs a program of Slurm. */
  ask(program: string, ...args: string[]): Promise<string> {
    return runCommand(program, args, { env: this.env, seconds: 60 });
  }

  /** Ends a daemon, at once or as it wishes. */
  async end(daemon: Daemon, signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const child = this.#daemons.get(daemon);
    if (!child) return;
    this.#daemons.delete(daemon);
    for (const { pid, parent } of await processes()) {
      if (parent === child.pid) kill(pid, signal);
    }
    await child.status;
  }

  /** The process of a daemon. */
  async pid(daemon: Daemon): Promise<number> {
    const watcher = this.#daemons.get(daemon)!.pid;
    return (await processes()).find(({ parent }) => parent === watcher)!.pid;
  }

  /** Cancels all tasks, and waits until none is left. */
  async clear(): Promise<void> {
    await this.ask("scancel", "--user=root");
    await waitFor(
      "an empty queue",
      60,
      async () => (await this.ask("squeue", "-h")).trim() === "",
    );
  }

  /**
   * Does what an administrator would: puts a node back that Slurm took out of use (a
   * controller that forgot a task by its crash starts it again, and is told that it
   * runs), and starts at once what was requeued, which waits two minutes else, or is held
   * after such a start.
   */
  async hurry(): Promise<void> {
    const nodes = await this.ask("sinfo", "-h", "-N", "-o", "%N %t")
      .catch(() => "");
    for (const [, node] of nodes.matchAll(/^(\S+) drain\S*$/gm)) {
      await this.ask("scontrol", "update", `NodeName=${node}`, "State=RESUME")
        .catch(() => {});
    }
    const waiting = await this.ask("squeue", "-h", "-r", "-tPD", "-o", "%i %r")
      .catch(() => "");
    for (const [, job] of waiting.matchAll(/^(\S+) BeginTime$/gm)) {
      await this.ask("scontrol", "update", `JobId=${job}`, "StartTime=now")
        .catch(() => {});
    }
    for (const [, job] of waiting.matchAll(/^(\S+) launch.failed/gm)) {
      await this.ask("scontrol", "release", job).catch(() => {});
    }
  }

  /** The processes that Slurm started for tasks, on both nodes or one. */
  async tasks(node?: Node): Promise<Process[]> {
    const all = await processes();
    return all.filter(({ env }) =>
      env.SLURM_CONF === this.#conf && env.SLURM_ARRAY_TASK_ID &&
      (!node || env.SLURMD_NODENAME === node)
    );
  }

  /** Kills a node as a cut of its power does: its daemon, what watches tasks, tasks. */
  async cutPower(node: Node): Promise<void> {
    const tasks = await this.tasks(node);
    await this.end(node);
    for (const { pid, parent } of tasks) {
      for (const each of [parent, pid]) if (each > 1) kill(each, "SIGKILL");
    }
  }

  /** Ends all of it. */
  async stop(): Promise<void> {
    await this.ask("scancel", "--user=root", "--full", "--signal=KILL")
      .catch(() => {});
    for (const { pid, parent } of await this.tasks()) {
      for (const each of [parent, pid]) if (each > 1) kill(each, "SIGKILL");
    }
    for (const daemon of ["n1", "n2", "slurmctld", "munged"] as const) {
      await this.end(daemon);
    }
  }
}

/** Sends a signal to a process; says whether it is there. */
export function kill(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

/** All processes of this machine that may be looked at. */
async function processes(): Promise<Process[]> {
  const found: Process[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await Deno.readTextFile(`/proc/${name}/stat`);
      const env = await Deno.readTextFile(`/proc/${name}/environ`);
      const command = await Deno.readTextFile(`/proc/${name}/cmdline`);
      const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.push({
        pid: Number(name),
        parent: Number(parent),
        command: command.replaceAll("\0", " ").trim(),
        env: Object.fromEntries(
          env.split("\0").map((line) => {
            const at = line.indexOf("=");
            return [line.slice(0, at), line.slice(at + 1)];
          }),
        ),
      });
    } catch { // It has ended meanwhile.
    }
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function configuration(folder: string): string {
  const host = hostname().split(".")[0];
  const node = (name: Node) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${freePort()} CPUs=1 RealMemory=2000 State=UNKNOWN`;
  return `ClusterName=kit
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${freePort()}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/sock
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,batch_sched_delay=0,sched_min_interval=100000
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
MessageTimeout=5
KillWait=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
${node("n1")}
${node("n2")}
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`;
}
