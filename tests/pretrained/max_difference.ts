import { assertEquals } from "@std/assert";
import { type Tensor } from "../../lib/tf/backend.ts";

/** The largest difference between the values of two tensors of one shape; NaN if one is. */
export async function maxDifference(a: Tensor, b: Tensor): Promise<number> {
  assertEquals(a.shape, b.shape);
  const [x, y] = [await a.data(), await b.data()];
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    most = Math.max(most, Math.abs(x[i] - y[i]));
  }
  return most;
}
