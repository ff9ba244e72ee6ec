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

/**
 * Picks what holds at the scale that is run.
 *
 * @param values The value at each scale.
 * @param scale The scale; {@linkcode currentScale} when left out.
 *
 * @example
 * ```ts
 * import { atScale } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(atScale({ smoke: 10, laptop: 160, full: 400 }, "smoke"), 10);
 * ```
 */
export function atScale<T>(
  values: Record<Scale, T>,
  scale: Scale = currentScale(),
): T {
  return values[parseScale(scale)];
}

/**
 * Picks every other value of a grid for a smoke run, and the whole of it otherwise.
 *
 * @param grid The coefficients.
 * @param scale The scale; {@linkcode currentScale} when left out.
 *
 * @example
 * ```ts
 * import { gridAt } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(gridAt([0.1, 0.2, 0.4], "smoke"), [0.1, 0.4]);
 * ```
 */
export function gridAt(
  grid: readonly number[],
  scale: Scale = currentScale(),
): number[] {
  return grid.filter((_, i) => scale !== "smoke" || i % 2 === 0);
}
