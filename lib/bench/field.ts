import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { runsDir } from "../data/files.ts";
import { type Environment } from "../results/environment.ts";
import { contenders } from "./benchmarks.ts";
import { Contender } from "./contender.ts";
import { type Entrant } from "./measure.ts";
import { installPeers, python } from "./python_peers.ts";

/** Entrants, each in a process of its own: what one compiles slows no other. */
export interface Field {
  readonly entrants: readonly Entrant[];
  /** Ends the processes. */
  close(): Promise<void>;
}

/** Our ways to do work. */
const ours = [
  ...["tfjs", "eager", "graph", "loop", "xla", "xlaLoop", "bf16"] as const,
];

/** The peers' ways: the contender, its program, and what it calls the way. */
const peers = [
  ["torch", "torch_peer.py", "eager"],
  ["torchCompile", "torch_peer.py", "compile"],
  ["torchBf16", "torch_peer.py", "bf16"],
  ["jax", "jax_peer.py", "jit"],
  ["jaxScan", "jax_peer.py", "scan"],
] as const;

/**
 * Starts our side.
 *
 * @param names The contenders that take part; others are left out.
 * @param threads Threads of each.
 * @returns The field; all of it is up.
 */
export async function startOurs(
  names: readonly string[],
  threads: number,
): Promise<Field> {
  const entrants = ours
    .filter((way) => names.includes(contenders[way]))
    .map((way) => ({
      name: contenders[way],
      contender: ourContender(threads, way === "bf16" ? bf16Products : {}),
      way,
    }));
  return await whenUp(entrants);
}

/** Starts the peers, which are installed if they are not there. */
export async function startPeers(
  names: readonly string[],
  threads: number,
): Promise<Field> {
  const env = {
    ...threadLimits(threads),
    PYTHONPATH: await installPeers(),
    JAX_PLATFORMS: "cpu",
    TORCHINDUCTOR_COMPILE_THREADS: "1",
  };
  const entrants = peers
    .filter(([peer]) => names.includes(contenders[peer]))
    .map(([peer, program, way]) => ({
      name: contenders[peer],
      contender: new Contender(python, [pathOf(`peers/${program}`)], env),
      way,
    }));
  return await whenUp(entrants);
}

/** Describes where our side runs. */
export async function describeOurs(threads: number): Promise<Environment> {
  const contender = ourContender(threads);
  const environment = await contender.ask<Environment>("describe");
  await contender.close();
  return environment;
}

/** The versions of the libraries of peers, which are installed if they are not there. */
export async function describePeers(
  names: readonly string[],
  threads: number,
): Promise<Record<string, string>> {
  const { entrants, close } = await startPeers(names, threads);
  try {
    const versions = await Promise.all(
      entrants.map(({ contender }) =>
        contender.ask<Record<string, string>>("describe")
      ),
    );
    return Object.assign({}, ...versions);
  } finally {
    await close();
  }
}

/** Has oneDNN round the factors of products to bfloat16; sums stay in float32. */
const bf16Products = { ONEDNN_DEFAULT_FPMATH_MODE: "BF16" };

function ourContender(
  threads: number,
  env: Record<string, string> = {},
): Contender {
  const written = [runsDir("bench"), tmpdir()].join(",");
  const permissions = [
    ...["read", `write=${written}`, "env", "sys", "ffi", "run=git"],
  ].map((name) => `--allow-${name}`);
  return new Contender("deno", [
    ...["run", "--quiet", ...permissions, pathOf("our_contender.ts")],
  ], { ...threadLimits(threads), ...env });
}

async function whenUp(entrants: readonly Entrant[]): Promise<Field> {
  const close = async () => {
    for (const { contender } of entrants) await contender.close();
  };
  try {
    await Promise.all(
      entrants.map(({ contender }) => contender.ask("describe")),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { entrants, close };
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
