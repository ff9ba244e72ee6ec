import { assertEquals } from "@std/assert";
import { leavesOf } from "../../lib/compile/tree.ts";

/**
 * Asserts that two trees of tensors have the same form and the same values, up to
 * rounding: `|got - expected| <= relative * max(1, |expected|)` of floats.
 */
export function assertSameTensors(
  expected: unknown,
  got: unknown,
  name = "result",
  relative = 1e-5,
): void {
  const [a, b] = [leavesOf(expected, name), leavesOf(got, name)];
  assertEquals([...b.keys()], [...a.keys()]);
  for (const [path, tensor] of a) {
    const other = b.get(path)!;
    assertEquals([path, other.dtype, other.shape], [
      path,
      tensor.dtype,
      tensor.shape,
    ]);
    const [x, y] = [tensor.dataSync(), other.dataSync()];
    const tolerance = tensor.dtype === "float32" ? relative : 0;
    x.forEach((value, i) => {
      const close = Object.is(value, y[i]) ||
        Math.abs(value - y[i]) <= tolerance * Math.max(1, Math.abs(value));
      if (!close) {
        throw new Error(`${path}: expected ${value} at ${i}, got ${y[i]}`);
      }
    });
  }
}
