/**
 * Awaits a long piece of work and says every few seconds that it goes on, so
 * that nobody takes silence for a hang.
 *
 * @param label What is being done.
 * @param work The work.
 * @param options `detail` says how far it is; `seconds` between two lines.
 * @returns What the work returns.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { heartbeat } from "./heartbeat.ts";
 *
 * assertEquals(await heartbeat("adding", Promise.resolve(1 + 1)), 2);
 * ```
 */
export async function heartbeat<T>(
  label: string,
  work: Promise<T>,
  { detail, seconds = 5 }: {
    detail?: () => Promise<string>;
    seconds?: number;
  } = {},
): Promise<T> {
  const start = performance.now();
  console.error(`${label} ...`);
  const timer = setInterval(async () => {
    const elapsed = Math.round((performance.now() - start) / 1000);
    const how = await detail?.();
    console.error(`${label} ... ${how ? `${how}, ` : ""}${elapsed} s`);
  }, seconds * 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
