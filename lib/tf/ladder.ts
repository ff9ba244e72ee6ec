/** One rung: a name, and a loader that returns its device and version. */
export interface Rung<Name extends string> {
  name: Name;
  load: () => Promise<{ device: string; version: string }>;
}

/** The backend that was taken, and why. */
export interface Backend<Name extends string = string> {
  name: Name;
  device: string;
  version: string;
  reason: string;
}

/**
 * Climb a ladder of backends and take the first rung that loads. A forced rung
 * is the only one tried, so that no experiment runs on a backend which nobody
 * asked for.
 *
 * @param ladder The rungs, best first.
 * @param forced The name of the only rung to try; `undefined` tries all.
 * @returns The rung that loaded; `reason` says what became of those before it.
 * @throws {RangeError} If `forced` names no rung.
 * @throws {Error} If the forced rung, or every rung, fails to load.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { climb } from "./ladder.ts";
 *
 * const { name, reason } = await climb([
 *   { name: "fast", load: () => Promise.reject(new Error("no GPU")) },
 *   { name: "slow", load: () => Promise.resolve({ device: "CPU", version: "1" }) },
 * ], undefined);
 * assertEquals([name, reason], ["slow", "fast: no GPU"]);
 * ```
 */
export async function climb<Name extends string>(
  ladder: readonly Rung<Name>[],
  forced: string | undefined,
): Promise<Backend<Name>> {
  const rungs = ladder.filter(({ name }) => !forced || name === forced);
  if (rungs.length === 0) {
    const names = ladder.map(({ name }) => name).join(", ");
    throw new RangeError(
      `KIT_BACKEND must be one of ${names}, got "${forced}"`,
    );
  }
  const failures: string[] = [];
  for (const { name, load } of rungs) {
    try {
      const loaded = await load();
      const why = forced ? "forced by KIT_BACKEND" : "first of the ladder";
      return { name, ...loaded, reason: failures.join("; ") || why };
    } catch (error) {
      failures.push(`${name}: ${firstLine(error)}`);
    }
  }
  throw new Error(`No backend loads: ${failures.join("; ")}`);
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n")[0];
}
