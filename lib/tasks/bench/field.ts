import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { runsDir } from "../../data/files.ts";
import { type Environment } from "../../results/environment.ts";
import { contenders } from "./benchmarks.ts";
import { Contender } from "./contender.ts";
import { type Entrant } from "./measure.ts";
import { installPeers, python } from "./python_peers.ts";

/** Our side: a process, and the ways in which it does work. */
export interface Ours {
  readonly ours: Contender;
  readonly entrants: readonly Entrant[];
  /** Ends the process. */
  close(): Promise<void>;
}

/** The peers: processes, and the ways in which they do work. */
export interface Peers {
  readonly entrants: readonly Entrant[];
  /** The versions of their libraries. */
  versions(): Promise<Record<string, string>>;
  /** Ends the processes. */
  close(): Promise<void>;
}

/** Starts our side; its ways are in the order of their first calls. */
export function startOurs(threads: number): Ours {
  const written = [runsDir("bench"), tmpdir()].join(",");
  const permissions = [
    ...["read", `write=${written}`, "env", "sys", "ffi", "run=git"],
  ].map((name) => `--allow-${name}`);
  const ours = new Contender("deno", [
    ...["run", "--quiet", ...permissions, pathOf("our_contender.ts")],
  ], threadLimits(threads));
  const ways = ["graph", "loop", "xla", "xlaLoop", "eager"] as const;
  const entrants = ways
    .map((way) => ({ name: contenders[way], contender: ours, way }));
  return { ours, entrants, close: () => ours.close() };
}

/** Describes where our side runs. */
export async function describeOurs(threads: number): Promise<Environment> {
  const { ours, close } = startOurs(threads);
  try {
    return await ours.ask<Environment>("describe");
  } finally {
    await close();
  }
}

/** Starts the peers, which are installed if they are not there. */
export async function startPeers(threads: number): Promise<Peers> {
  const env = {
    ...threadLimits(threads),
    PYTHONPATH: await installPeers(),
    JAX_PLATFORMS: "cpu",
    TORCHINDUCTOR_COMPILE_THREADS: "1",
  };
  const processes = ["torch_peer.py", "jax_peer.py"].map((module) =>
    new Contender(python, [pathOf(`peers/${module}`)], env)
  );
  const [torch, jax] = processes;
  return {
    entrants: [
      { name: contenders.torch, contender: torch, way: "eager" },
      { name: contenders.torchCompile, contender: torch, way: "compile" },
      { name: contenders.jax, contender: jax, way: "jit" },
      { name: contenders.jaxScan, contender: jax, way: "scan" },
    ],
    versions: async () => {
      const replies = await Promise.all(
        processes.map((process) =>
          process.ask<{ versions: Record<string, string> }>("describe")
        ),
      );
      return Object.assign({}, ...replies.map(({ versions }) => versions));
    },
    close: async () => {
      for (const process of processes) await process.close();
    },
  };
}

/** Keeps each library to a number of threads. */
function threadLimits(threads: number): Record<string, string> {
  const names = [
    ...["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"],
    ...["OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"],
  ];
  return Object.fromEntries(names.map((name) => [name, `${threads}`]));
}

function pathOf(module: string): string {
  return fileURLToPath(new URL(module, import.meta.url));
}
