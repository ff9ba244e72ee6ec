import { activeTracer } from "../../compile/tracer.ts";
import { backend, type Tensor } from "../../tf/backend.ts";

/**
 * Checks that tokens are of a vocabulary, where values can be read: not in a compiled
 * function, nor on WebGPU.
 *
 * @param name What they are called.
 * @param tokens int32 `[B, T]`.
 * @param known How many tokens there are.
 * @throws {RangeError} If one is beyond them, naming the first and its place.
 */
export function assertInVocabulary(
  name: string,
  tokens: Tensor,
  known: number,
): void {
  if (activeTracer() || backend.name === "webgpu") return;
  const ids = tokens.dataSync();
  const wrong = ids.findIndex((id) => id < 0 || id >= known);
  if (wrong < 0) return;
  const length = tokens.shape[1]!;
  const [row, place] = [Math.floor(wrong / length), wrong % length];
  throw new RangeError(
    `Expected ${name} from 0 to ${known - 1}, got ${
      ids[wrong]
    } at [${row}, ${place}]`,
  );
}
