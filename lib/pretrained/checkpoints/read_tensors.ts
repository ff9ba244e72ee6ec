import { type Tensor, tf } from "../../tf/backend.ts";
import { type Weights } from "./weights.ts";

/**
 * Reads tensors of a checkpoint; what was read is disposed if one cannot be.
 *
 * @param weights The checkpoint.
 * @param shapes What the model needs, by name.
 * @returns Fresh tensors by name, which the caller disposes.
 * @throws {RangeError} If one is missing or has another shape, naming it.
 */
export async function readTensors(
  weights: Weights,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, Tensor>> {
  const tensors: Record<string, Tensor> = {};
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

/**
 * Reads every tensor of a checkpoint, as {@linkcode readTensors}.
 *
 * @param weights The checkpoint.
 * @param shapes What the model needs, by name.
 * @param unused What the checkpoint may have beside.
 * @returns Fresh tensors by name, which the caller disposes.
 * @throws {RangeError} If one is missing, too many, or of another shape, naming it.
 */
export async function readAllTensors(
  weights: Weights,
  shapes: Readonly<Record<string, readonly number[]>>,
  unused: readonly string[] = [],
): Promise<Record<string, Tensor>> {
  const extra = weights.names.find((name) =>
    !Object.hasOwn(shapes, name) && !unused.includes(name)
  );
  if (extra !== undefined) {
    throw new RangeError(`"${extra}" is no weight of its configuration`);
  }
  return await readTensors(weights, shapes);
}

/** The same error, with the folder that it is about. */
export function aboutFolder(error: unknown, folder: string): unknown {
  return error instanceof RangeError && !error.message.includes(folder)
    ? new RangeError(`Cannot load ${folder}: ${error.message}`, {
      cause: error,
    })
    : error;
}
