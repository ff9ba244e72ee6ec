/**
 * `deno task bench [--peers] [--quick] [--threads N] [--keep]`: measures training
 * steps, samplers and whole online iterations, op by op (on the kernels of
 * TensorFlow.js and on ours) and compiled, and with `--peers` PyTorch and JAX at the
 * same work, which are installed first.
 *
 * Everything is measured side by side in one run: contenders take turns in short
 * blocks, one process at a time, each kept to the same number of threads, in float32.
 * Ratios are medians over the turns, with 95% intervals.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { bench, type BenchRequest } from "../bench/bench.ts";

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
  try {
    await bench(parseBench(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
