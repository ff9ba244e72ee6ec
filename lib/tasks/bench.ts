/**
 * `deno task bench`: measures training steps, samplers and whole online iterations.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { bench, type BenchRequest } from "../bench/bench.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task bench [OPTIONS]

Times training steps, samplers and online iterations, op by op and compiled. Leaves
tables and figures in data/runs/bench.

  --peers      PyTorch and JAX at the same work, too; they are installed first. A
               Stable Diffusion 3 in miniature beside diffusers, and a pretrained language
               model, if \`deno task model smollm2\` was run
  --quick      a minute only: fewer turns, no XLA, no growth, none of these models
  --threads N  threads of each contender; 1, if not said
  --only TEXT  only what has TEXT in its name, such as "(g)"; no growth
  --keep       keep the results, in data/bench: those of --only take the place of kept
               ones of the same names`;

/**
 * Reads a command line.
 *
 * @throws {TypeError} If there is an unknown option.
 * @throws {RangeError} If the threads are no positive integer, or a quick run is to
 * be kept.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseBench } from "./bench.ts";
 *
 * assertEquals(parseBench(["--quick"]).threads, 1);
 * ```
 */
export function parseBench(args: readonly string[]): BenchRequest {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      threads: { type: "string", default: "1" },
      only: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const threads = Number(values.threads);
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new RangeError(
      `Expected --threads to be a positive integer, got "${values.threads}"`,
    );
  }
  if (values.quick && values.keep) {
    throw new RangeError("--keep keeps a whole run only, not a --quick one");
  }
  return { ...values, threads };
}

if (import.meta.main) {
  await runTask(usage, (args) => bench(parseBench(args)));
}
