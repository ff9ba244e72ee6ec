import util from "node:util";

// Node dropped this helper; tfjs-node still calls it.
(util as unknown as Record<string, unknown>).isNullOrUndefined ??= (
  value: unknown,
) => value === null || value === undefined;
Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "2");

/** The loaded TensorFlow.js, its backend ready. */
export const tf = await import("@tensorflow/tfjs-node-gpu");

export type { Tensor } from "@tensorflow/tfjs-node-gpu";
