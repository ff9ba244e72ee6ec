import { assertEquals, assertThrows } from "@std/assert";
import { currentScale, parseScale } from "../../lib/experiments/scale.ts";

/** Runs with `KIT_SCALE` of a value, or without it, and puts it back. */
function withScale(value: string | undefined, body: () => void) {
  const set = (scale: string | undefined) =>
    scale === undefined
      ? Deno.env.delete("KIT_SCALE")
      : Deno.env.set("KIT_SCALE", scale);
  const before = Deno.env.get("KIT_SCALE");
  set(value);
  try {
    body();
  } finally {
    set(before);
  }
}

Deno.test("parseScale() takes the three scales and no other", () => {
  for (const scale of ["smoke", "laptop", "full"]) {
    assertEquals<string>(parseScale(scale), scale);
  }
  for (const name of ["", "Laptop", "huge", "toString"]) {
    assertThrows(() => parseScale(name), RangeError, `got "${name}"`);
  }
});

Deno.test("currentScale() is that of KIT_SCALE, or laptop", () => {
  withScale("smoke", () => assertEquals(currentScale(), "smoke"));
  withScale(undefined, () => assertEquals(currentScale(), "laptop"));
  withScale("tiny", () => assertThrows(currentScale, RangeError, "tiny"));
});
