/**
 * `deno task sweep`: runs an experiment that a file exports, here or on an engine that
 * shares its pieces among machines.
 *
 * @module
 */

import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root, runsDir } from "../data/files.ts";
import { parseScale } from "../experiments/scale.ts";
import { saveRun } from "../results/kept_run.ts";
import { collect } from "../sweeps/collect.ts";
import { indexedJob } from "../sweeps/kubernetes.ts";
import { readPlan, runPath } from "../sweeps/plan.ts";
import { status } from "../sweeps/status.ts";
import { decide, outcomeText } from "../sweeps/submissions.ts";
import { submit, writePlan } from "../sweeps/submit.ts";
import { runTask } from "./run_task.ts";
import { tellOnce } from "./tell_once.ts";

const usage =
  `Usage: deno task sweep COMMAND ... [OPTIONS] [-- OPTIONS OF SBATCH]

Runs the experiment that a file of the checkout exports as its default. Its pieces, each
method on each task, are kept under keys of all that decides them. run.json in the folder
of the sweep has the same bytes whichever way it came about; loadRun() reads it.

  run FILE                        run it here; goes on where it was stopped
  submit FILE --engine slurm      submit its pieces to Slurm, as one array
  status FOLDER                   how far a submitted sweep is, and what failed
  resubmit FOLDER                 submit again what is neither done nor in the queue
  collect FOLDER                  put the pieces together, in run.json
  render FILE --engine kubernetes --image IMAGE --claim CLAIM
                                  write an Indexed Job of its pieces; nothing is started

  --scale smoke|laptop|full  how large it is; laptop, if not said
  --folder SHARED            where sweeps are kept, a folder that all machines share;
                             data/runs/SCALE/sweeps, if not said

TF_NUM_INTRAOP_THREADS says how many threads share an op, here and on every node: one, if
it is not set. It decides how sums are rounded, and so belongs to the keys.`;

/** What a command line asks for. */
export interface SweepRequest {
  readonly command: string;
  /** The experiment's file, or the folder of a sweep; whole paths. */
  readonly target: string;
  readonly scale: string;
  readonly folder: string;
  readonly image?: string;
  readonly claim?: string;
  /** Options of `sbatch`; none were given when left out. */
  readonly options?: readonly string[];
}

const engines: Record<string, string | undefined> = {
  submit: "slurm",
  render: "kubernetes",
};
const commands = ["run", "submit", "status", "resubmit", "collect", "render"];

/**
 * Reads a command line.
 *
 * @throws {TypeError} If there is an unknown option, or an argument is missing.
 * @throws {RangeError} If there is no such command, scale or engine.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseSweep } from "./sweep.ts";
 *
 * const line = "submit mine.ts --engine slurm --folder /shared -- --time=60";
 * const { folder, options } = parseSweep(line.split(" "));
 * assertEquals([folder, options], ["/shared", ["--time=60"]]);
 * ```
 */
export function parseSweep(args: readonly string[]): SweepRequest {
  const end = args.indexOf("--");
  const { values, positionals: [command, target, ...more] } = parseArgs({
    args: end < 0 ? [...args] : args.slice(0, end),
    options: {
      engine: { type: "string" },
      scale: { type: "string", default: "laptop" },
      folder: { type: "string" },
      image: { type: "string" },
      claim: { type: "string" },
    },
    allowPositionals: true,
  });
  if (!commands.includes(command)) {
    throw new RangeError(
      `Expected a command, one of ${commands.join(", ")}, got "${
        command ?? ""
      }"`,
    );
  }
  if (!target || more.length > 0) {
    throw new TypeError(
      `Expected ${command} to be given one ${
        command in engines || command === "run" ? "file" : "folder"
      }, got ${[target, ...more].filter(Boolean).join(" ") || "none"}`,
    );
  }
  if (values.engine !== engines[command]) {
    throw new RangeError(
      `Expected ${command} with ${
        engines[command] ? `--engine ${engines[command]}` : "no --engine"
      }, got "${values.engine ?? ""}"`,
    );
  }
  if (command === "render" && !(values.image && values.claim)) {
    throw new TypeError("Expected render with --image and --claim");
  }
  const scale = parseScale(values.scale);
  const from = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  return {
    ...values,
    command,
    scale,
    target: resolve(from, target),
    folder: values.folder
      ? resolve(from, values.folder)
      : join(runsDir(scale), "sweeps"),
    options: end < 0 ? undefined : args.slice(end + 1),
  };
}

/** What a file and the backend ask the environment for, before they are loaded. */
function setEnvironment(
  { scale, threads }: { scale: string; threads: string },
) {
  Deno.env.set("KIT_SCALE", scale);
  Deno.env.set("TF_NUM_INTRAOP_THREADS", threads);
}

/** Plans the sweep of a file, and writes the plan into its folder. */
async function planOf({ target, scale, folder: shared }: SweepRequest) {
  setEnvironment({
    scale,
    threads: Deno.env.get("TF_NUM_INTRAOP_THREADS") ?? "1",
  });
  const { importExperiment, makePlan } = await import("../sweeps/make_plan.ts");
  const file = relative(root, target);
  const experiment = await importExperiment(file, scale);
  const { plan, name } = await makePlan(file, experiment);
  const folder = join(shared, name);
  await writePlan(folder, plan);
  console.error(`The folder of the sweep: ${folder}`);
  return { experiment, plan, folder };
}

async function runHere(request: SweepRequest) {
  const { experiment, folder } = await planOf(request);
  const { run } = await import("../experiments/run.ts");
  const tell = tellOnce();
  const result = await run(experiment, {
    onProgress: (percent, running) =>
      tell(`${Math.floor(percent / 10) * 10}%, ${running}`),
  });
  await saveRun(runPath(folder), result);
  console.log(runPath(folder));
}

async function render(request: SweepRequest) {
  const { plan, folder } = await planOf(request);
  const { image, claim } = request;
  const place = { image: image!, claim: claim!, folder };
  console.log(
    JSON.stringify(indexedJob(basename(folder), plan, place), null, 2),
  );
}

/** A task of an engine: the piece that the engine's index says. */
async function runOne([folder, submission]: readonly string[]) {
  const index = Deno.env.get("SLURM_ARRAY_TASK_ID") ??
    Deno.env.get("JOB_COMPLETION_INDEX");
  const job = Deno.env.get("SLURM_ARRAY_JOB_ID");
  const plan = await readPlan(folder);
  if (submission && job) {
    const outcome = await decide(folder, Number(submission), { accepted: job });
    if ("withdrawn" in outcome) {
      return console.log(`Nothing to do: ${outcomeText(outcome)}`);
    }
  }
  setEnvironment({ scale: plan.scale, threads: plan.made.threads });
  const { runPiece } = await import("../sweeps/run_piece.ts");
  await runPiece(folder, plan, Number(index));
}

async function sweep(args: readonly string[]) {
  if (args[0] === "piece") return await runOne(args.slice(1));
  const request = parseSweep(args);
  const { command, target, options } = request;
  if (command === "run") return await runHere(request);
  if (command === "render") return await render(request);
  if (command === "submit") {
    const { folder, plan } = await planOf(request);
    return console.log(await submit(folder, plan, options));
  }
  const plan = await readPlan(target);
  const say = { status, collect, resubmit: submit }[command]!;
  console.log(await say(target, plan, options));
}

if (import.meta.main) await runTask(usage, sweep);
