/**
 * `gpu.ts --out FOLDER [--peers PYTHON] [--model PATH] [--only PART] [--quick]`: what the
 * kit does on the GPU of this machine. First it says the backend; then come the parts, or
 * the one that is named, in this order: `tests`, those of the losses; `values` against a
 * CPU's; `times` beside PyTorch and JAX, samples a second, memory; `lora`, a LoRA step of
 * the language model at PATH, or else of `deno task model smollm2`. Each result is printed
 * and written to `FOLDER/rows.csv` as it comes, so that a run that is cut off still tells.
 * `KIT_BACKEND` picks the backend.
 *
 * It stands apart from `deno task bench`, which compares on a CPU, thread for thread:
 * here nothing is installed, for a machine with a GPU is often one without a network.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeCsv } from "../results/csv.ts";
import { type Environment } from "../results/environment.ts";
import {
  firstLine,
  noCard,
  ourContender,
  pathOf,
  peerContender,
} from "./gpu_processes.ts";
import { gpuWorks, loraSteps, type TimedWork } from "./gpu_works.ts";
import { smollm2 } from "./language_benchmarks.ts";
import {
  type Entrant,
  prepare,
  type Prepared,
  type Ready,
  sized,
  takeBlocks,
} from "./measure.ts";
import { medianOf } from "./ratios.ts";
import { distance } from "./same_values.ts";
import { watchMemory } from "./watch_memory.ts";

/** A result, and where it comes from. */
interface Row {
  readonly part: string;
  readonly what: string;
  readonly who: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly unit: string;
  readonly note?: string;
}

const { values: options } = parseArgs({
  options: {
    out: { type: "string" },
    peers: { type: "string" },
    model: { type: "string", default: smollm2 },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
if (!options.out) throw new TypeError("Expected --out FOLDER, got none");
const out = options.out;
const parts = {
  tests: lossTests,
  values: compareValues,
  times: () => timeAll(gpuWorks(native ? [1000, 10000] : [100], scale)),
  lora: timeLora,
};
const asked = Object.entries(parts).filter(([name]) =>
  (options.only ?? name) === name
);
if (asked.length === 0) {
  throw new RangeError(
    `Expected --only to be one of ${
      Object.keys(parts).join(", ")
    }, got "${options.only}"`,
  );
}
const forced = Deno.env.get("KIT_BACKEND") ?? "tensorflow";
const effort = options.quick
  ? { repetitions: 2, blockSeconds: 0.02 }
  : { repetitions: 7, blockSeconds: 0.15 };
const scale = options.quick ? 100 : 1;
const started = performance.now();

const card = await firstLine("nvidia-smi", [
  "--query-gpu=name,driver_version,memory.total",
  "--format=csv,noheader",
]).catch(() => noCard);
const exact = { NVIDIA_TF32_OVERRIDE: "0" };
const { date, backend, device, backendVersion, deno, commit } =
  await describe();
const rows: Row[] = [];

const native = forced === "tensorflow";
const ways: [string, string][] = native
  ? [["ours, graph", "graph"], ["ours, XLA", "xla"], [
    "ours, XLA loop",
    "xlaLoop",
  ], ["ours, eager", "eager"]]
  : [["ours, eager", "eager"]];
const peerWays: [string, string, string][] = options.peers
  ? [
    ["PyTorch eager", "torch_peer.py", "eager"],
    ["torch.compile", "torch_peer.py", "compile"],
    ["JAX jit", "jax_peer.py", "jit"],
    ["JAX scan", "jax_peer.py", "scan"],
  ]
  : [];

say(`card: ${card}`);
say(
  `backend: ${backend} ${backendVersion} on ${device}, Deno ${deno}, commit ${commit}`,
);
for (const [, part] of asked) await part();
say("done");

async function keep(row: Row): Promise<void> {
  rows.push(row);
  const about = { card, backend, device, backendVersion, deno, date, commit };
  say(
    `${row.part} | ${row.what} | ${row.who}: ${
      row.value.toPrecision(4)
    } ${row.unit} ${row.note ?? ""}`,
  );
  const empty = { low: null, high: null, note: null };
  await writeCsv(
    join(out, "rows.csv"),
    rows.map((row) => ({ ...empty, ...row, ...about })),
  );
}

function say(text: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`[${seconds} s] ${text}`);
}

async function lossTests(): Promise<void> {
  const { stdout } = await new Deno.Command("deno", {
    args: ["test", "-A", "--no-check", "tests/losses"],
    cwd: pathOf("../.."),
    env: { KIT_BACKEND: forced, NO_COLOR: "1", ...exact },
    stderr: "inherit",
  }).output();
  const tested = new TextDecoder().decode(stdout);
  await Deno.writeTextFile(join(out, "loss_tests.txt"), tested);
  const counts = /(\d+) passed.*\| (\d+) failed/.exec(tested);
  for (const [i, what] of ["passed", "failed"].entries()) {
    const value = Number(counts?.[1 + i] ?? NaN);
    await keep({ part: "loss tests", what, who: forced, value, unit: "tests" });
  }
}

/** Against those of two CPUs', and of the GPU with products in TF32. */
async function compareValues(): Promise<void> {
  const onGpu = await valuesOf({ KIT_BACKEND: forced, ...exact });
  const others = Object.entries<Record<string, string>>({
    "CPU, native": { KIT_BACKEND: "tensorflow", CUDA_VISIBLE_DEVICES: "" },
    "CPU, wasm": { KIT_BACKEND: "wasm" },
    "the GPU with TF32": { KIT_BACKEND: forced },
  }).map(([who, env]) => ({
    who,
    values: valuesOf(env).catch((error) => say(`${who}: ${error}`)),
  }));
  for (const { who, values } of others) {
    for (const [what, got] of Object.entries(await values ?? {})) {
      const expected = onGpu[what];
      if (!expected) continue;
      const value = distance(expected, got);
      const unit = "of max(1, |value|)";
      await keep({ part: "largest difference", what, who, value, unit });
    }
  }
}

async function timeLora(): Promise<void> {
  if (!await Deno.stat(options.model).then(() => true, () => false)) {
    return say(`no LoRA step: there is no model at ${options.model}`);
  }
  // In processes of its own, whose memory is what it took.
  for (const step of loraSteps(options.model, scale)) await timeAll([step]);
}

async function timeAll(works: readonly TimedWork[]): Promise<void> {
  const peers = peerWays.map(([name, program, way]) => ({
    name,
    way,
    contender: peerContender(program, { python: options.peers!, card }),
  }));
  for (const { name, contender } of peers) {
    await contender.ask("describe").then(
      (versions) => say(`${name}: ${JSON.stringify(versions)}`),
      (error) => say(`${name}: ${error}`),
    );
  }
  for (const timed of works) {
    try {
      await time(timed, peers);
    } catch (error) { // The next one may go.
      say(`${timed.what}: ${error}`);
    }
  }
  for (const { contender } of peers) await contender.close();
}

async function time(
  { what, work, without = [], makes }: TimedWork,
  peers: readonly Entrant[],
): Promise<void> {
  const takesPart = ({ name }: { name: string }) => !without.includes(name);
  const ours = ways.map(([name, way]) => ({ name, way })).filter(takesPart)
    .map((entrant) => ({ ...entrant, contender: ourContender(forced) }));
  if (ours.length === 0) return;
  const path = join(out, "..", "work.safetensors");
  const memory = watchMemory();
  try {
    const taking = [...ours, ...peers.filter(takesPart)];
    await ours[0].contender.ask("write", { work, path, iterations: 1 });
    // All at once: to compile takes minutes.
    const prepared = (await Promise.all(taking.map((entrant) =>
      prepare(entrant, work, path).catch((error) =>
        say(`${what} | ${entrant.name}: ${error}`.slice(0, 600))
      )
    ))).filter((entrant) =>
      entrant !== undefined
    );
    await keepTimes(what, prepared, makes);
    for (const { drop } of prepared) {
      await drop();
    }
  } finally {
    for (const { contender } of ours) await contender.close();
    for (const [name, value] of await memory.stop()) {
      await keep({ part: "peak memory", what, who: name, value, unit: "MiB" });
    }
    await Deno.remove(path).catch(() => {});
  }
}

async function keepTimes(
  what: string,
  prepared: readonly Prepared[],
  makes: TimedWork["makes"],
): Promise<void> {
  const ready: Ready[] = [];
  for (const entrant of prepared) ready.push(await sized(entrant, effort));
  const seconds = await takeBlocks(ready, effort);
  for (const [i, { name: who }] of ready.entries()) {
    const { value, low, high } = medianOf(seconds[i].map((s) => 1000 * s));
    await keep({ part: "time", what, who, value, low, high, unit: "ms" });
    if (!makes) continue;
    const rate = { value: 1000 * makes.count / value, unit: makes.unit };
    await keep({ part: "rate", what, who, ...rate });
  }
}

async function valuesOf(
  env: Record<string, string>,
): Promise<Record<string, number[]>> {
  const line = await firstLine("deno", [
    ...["run", "-A", "--no-check", pathOf("gpu_values.ts")],
  ], env);
  return JSON.parse(line);
}

/** What the processes run on that are timed. */
async function describe(): Promise<Environment> {
  const contender = ourContender(forced);
  try {
    return await contender.ask("describe");
  } finally {
    await contender.close();
  }
}
