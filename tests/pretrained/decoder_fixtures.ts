import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Tensor } from "../../lib/tf/backend.ts";

/** The families that `fixtures/decoders.py` writes. */
export const families = ["llama", "qwen2", "qwen3"] as const;

/** The path of a family's model, or of a file beside it. */
export function fixture(family: string, file = ""): string {
  const url = new URL(`./fixtures/decoders/${family}/${file}`, import.meta.url);
  return fileURLToPath(url);
}

/** Asserts that values agree up to `tolerance * max(1, |expected|)`. */
export async function closeTo(
  got: Tensor,
  expected: Tensor,
  tolerance: number,
  name = "values",
): Promise<void> {
  assertEquals(got.shape, expected.shape, name);
  const [x, y] = [await got.data(), await expected.data()];
  for (const [i, value] of y.entries()) {
    const error = Math.abs(x[i] - value) / Math.max(1, Math.abs(value));
    // Written so that a NaN does not pass.
    assert(error <= tolerance, `${name}: ${x[i]} for ${value} at ${i}`);
  }
}
