import { type Tensor, tf } from "../../tf/backend.ts";
import { type Named } from "../layers/named_layers.ts";
import { type Weights } from "./weights.ts";

/**
 * Reads every tensor of a model; what was read is disposed if one cannot be.
 *
 * @param weights The checkpoint.
 * @param shapes What the model needs.
 * @param unused What the checkpoint may have beside.
 * @returns Fresh tensors by name, which the caller disposes.
 * @throws {RangeError} If one is missing, too many, or of another shape, naming it.
 */
export async function readTensors(
  weights: Weights,
  shapes: Named<readonly number[]>,
  unused: readonly string[] = [],
): Promise<Named<Tensor>> {
  const extra = weights.names.find((name) =>
    !Object.hasOwn(shapes, name) && !unused.includes(name)
  );
  if (extra !== undefined) {
    throw new RangeError(`"${extra}" is no weight of its configuration`);
  }
  const tensors: Named<Tensor> = {};
  try {
    for (const [name, shape] of Object.entries(shapes)) {
      tensors[name] = await weights.read(name, shape);
    }
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  return tensors;
}

/** The same error, with the folder that it is about. */
export function named(error: unknown, folder: string): unknown {
  return error instanceof RangeError && !error.message.includes(folder)
    ? new RangeError(`Cannot load ${folder}: ${error.message}`, {
      cause: error,
    })
    : error;
}
