/** How large a run is: seconds, minutes on two cores, or minutes on a GPU. */
export type Scale = "smoke" | "laptop" | "full";

const scales: readonly string[] = ["smoke", "laptop", "full"];

/**
 * Checks the name of a scale.
 *
 * @param name Such as a command line's or `KIT_SCALE`.
 * @returns The same name.
 * @throws {RangeError} If there is no such scale.
 *
 * @example
 * ```ts
 * import { parseScale } from "kit";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseScale("smoke"), "smoke");
 * assertThrows(() => parseScale("huge"), RangeError);
 * ```
 */
export function parseScale(name: string): Scale {
  if (!scales.includes(name)) {
    throw new RangeError(
      `Expected scale to be one of ${scales.join(", ")}, got "${name}"`,
    );
  }
  return name as Scale;
}

/** The scale that a notebook runs at: `KIT_SCALE`, or laptop. */
export function currentScale(): Scale {
  return parseScale(Deno.env.get("KIT_SCALE") ?? "laptop");
}
