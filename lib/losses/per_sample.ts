import { type Tensor } from "../tf/backend.ts";

/**
 * Checks that there is one value a sample.
 *
 * @param name The argument's name.
 * @param values Such as rewards, to be `[...]`.
 * @param vt Velocities, `[..., D]`.
 * @throws {TypeError} If the shape or the type does not fit.
 */
export function assertPerSample(
  name: string,
  values: Tensor,
  vt: Tensor,
): void {
  const samples = vt.shape.slice(0, -1);
  if (`${values.shape}` !== `${samples}` || values.dtype !== "float32") {
    throw new TypeError(
      `Expected ${name} of type float32 and shape [${samples}] for vt [${vt.shape}], got ${values.dtype} [${values.shape}]`,
    );
  }
}
