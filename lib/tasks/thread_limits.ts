/**
 * The environment that keeps native libraries, TensorFlow and the bench's peers, to
 * a number of threads.
 *
 * @param threads How many.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { threadLimits } from "./thread_limits.ts";
 *
 * assertEquals(threadLimits(2).OMP_NUM_THREADS, "2");
 * ```
 */
export function threadLimits(threads: number): Record<string, string> {
  const names = [
    ...["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"],
    ...["OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"],
  ];
  return Object.fromEntries(names.map((name) => [name, `${threads}`]));
}
