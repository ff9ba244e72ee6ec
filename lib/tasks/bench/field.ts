import { fileURLToPath } from "node:url";
import { contenders } from "./benchmarks.ts";
import { Contender } from "./contender.ts";
import { type Entrant } from "./measure.ts";
import { installPeers, python } from "./python_peers.ts";

/** The processes that take part, and what each can do. */
export interface Field {
  /** Our side, which also writes the parameters of works. */
  readonly ours: Contender;
  readonly entrants: readonly Entrant[];
  /** Ends the processes. */
  close(): Promise<void>;
}

const pathOf = (module: string) =>
  fileURLToPath(new URL(module, import.meta.url));

/** Keeps each library to a number of threads. */
function threadLimits(threads: number): Record<string, string> {
  const names = [
    ...["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"],
    ...["OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"],
  ];
  return Object.fromEntries(names.map((name) => [name, `${threads}`]));
}

/** Starts our side: in a fresh process, first calls are as slow as they get. */
export function startOurs(threads: number): Field {
  const permissions = ["read", "write", "env", "sys", "ffi", "run=git"]
    .map((name) => `--allow-${name}`);
  const ours = new Contender(Deno.execPath(), [
    ...["run", "--quiet", ...permissions, pathOf("our_contender.ts")],
  ], threadLimits(threads));
  const ways = ["graph", "loop", "xla", "eager"] as const;
  const entrants = ways
    .map((way) => ({ name: contenders[way], contender: ours, way }));
  return { ours, entrants, close: () => ours.close() };
}

/** Starts the peers, which are installed if they are not there. */
export async function startPeers(
  threads: number,
): Promise<Omit<Field, "ours">> {
  const env = {
    ...threadLimits(threads),
    PYTHONPATH: await installPeers(),
    TORCHINDUCTOR_COMPILE_THREADS: "1",
  };
  const start = (module: string) =>
    new Contender(python, [pathOf(`peers/${module}`)], env);
  const [torch, jax] = [start("torch_peer.py"), start("jax_peer.py")];
  return {
    entrants: [
      { name: contenders.torch, contender: torch, way: "eager" },
      { name: contenders.torchCompile, contender: torch, way: "compile" },
      { name: contenders.jax, contender: jax, way: "jit" },
      { name: contenders.jaxScan, contender: jax, way: "scan" },
    ],
    close: async () => {
      await torch.close();
      await jax.close();
    },
  };
}
