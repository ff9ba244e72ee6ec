import { canTrace } from "../../lib/compile/native_backend.ts";

/** The ways to run a compiled function, by name, that this backend has. */
export const ways: Record<string, { eager?: boolean; xla?: boolean }> = canTrace
  ? { eagerly: { eager: true }, "as a graph": {}, "by XLA": { xla: true } }
  : { eagerly: { eager: true } };

/** Registers a test once for each way. */
export function testEachWay(
  name: string,
  fn: (way: { eager?: boolean; xla?: boolean }) => void | Promise<void>,
): void {
  for (const [way, options] of Object.entries(ways)) {
    Deno.test(`${name}, ${way}`, () => fn(options));
  }
}
