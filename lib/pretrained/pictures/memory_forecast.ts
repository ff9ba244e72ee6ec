import { assertPositiveInteger } from "../../tf/check.ts";
import { targetNames } from "../layers/lora.ts";
import { bytes, copiesOfAdapters, product, sum } from "../layers/memory.ts";
import { initialTargets } from "./velocity_adapters.ts";
import { linearsOf, velocityArchitecture } from "./velocity_transformer.ts";

/** What a transformer of pictures is to do. */
export interface PictureWorkload {
  /** Pictures at once, of all members together. */
  batch: number;
  /** Tokens of a picture. */
  tokens: number;
  /** Tokens of a text. */
  textTokens: number;
  /** The rank of adapters on attention. */
  rank: number;
}

/** What memory a transformer of pictures takes, in bytes of float32. */
export interface MemoryForecast {
  /** How many numbers its checkpoint has. */
  parameters: number;
  /** The frozen weights: 4 bytes a parameter; diffusers' bfloat16 takes half. */
  weights: number;
  /** Weights, and all that one velocity holds at once. */
  sampling: number;
  /**
   * Weights, adapters with their gradients and Adam's memory, and all that a velocity
   * and its gradient hold at once.
   */
  step: number;
  /** The same where the transformer is loaded with `recompute`. */
  recomputedStep: number;
}

/** Numbers that are held at once, as multiples of scores of attention and of tokens x width. */
interface Held {
  scores: number;
  features: number;
}

/**
 * Counted with `tf.profile` on small models of the same code (the test does it again).
 * Sampling holds one block, a step all blocks.
 */
const held: Record<string, { sampling: Held; step: Held }> = {
  SD3Transformer2DModel: {
    sampling: { scores: 2, features: 46 },
    step: { scores: 5.5, features: 208 },
  },
  FluxTransformer2DModel: {
    sampling: { scores: 2, features: 38 },
    step: { scores: 5.2, features: 242 },
  },
  SanaTransformer2DModel: {
    sampling: { scores: 2, features: 95 },
    step: { scores: 5.5, features: 340 },
  },
};

/** What a step holds of each block whose values it computes again, times tokens x width. */
const rememberedOfBlock = 4;

/** A block with a second attention holds about this much more in a step. */
const dualShare = 0.75;

/**
 * Forecasts the memory of a transformer of pictures from its configuration, by the
 * shapes that it is loaded with. The loader keeps float32.
 *
 * What velocities and gradients hold is an upper bound for one that runs op by op, and
 * for the first call of a compiled function, which is traced so; later calls take less.
 *
 * @param config `config.json` of diffusers.
 * @param workload What it is to do.
 * @returns The forecast.
 * @throws {RangeError} If the configuration is not supported or a number of the workload
 * is no positive integer, naming it.
 *
 * @example
 * ```ts
 * import { forecastMemory } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const schnell = { _class_name: "FluxTransformer2DModel" }; // all values are the defaults
 * const workload = { batch: 1, tokens: 1024, textTokens: 256, rank: 16 };
 * const { parameters, weights } = forecastMemory(schnell, workload);
 * assertEquals(parameters, 11_891_178_560);
 * assertEquals(weights, 4 * parameters);
 * ```
 */
export function forecastMemory(
  config: Record<string, unknown>,
  workload: PictureWorkload,
): MemoryForecast {
  for (const [name, value] of Object.entries(workload)) {
    assertPositiveInteger(name, value);
  }
  const { batch, tokens, textTokens, rank } = workload;
  const { shapes, stack } = velocityArchitecture(config);
  const { sampling, step } = held[`${config._class_name}`];
  const parameters = sum(Object.values(shapes).map(product));
  const linears = linearsOf(shapes);
  const adapters = sum(
    targetNames(linears, initialTargets)
      .map((name) => rank * sum(linears[name])),
  );
  const joint = config._class_name !== "SanaTransformer2DModel";
  const all = tokens + textTokens;
  const [scores, features] = joint
    ? [stack.heads * all * all, stack.width * all]
    : [stack.heads * tokens * textTokens, stack.width * tokens];
  const activations = (held: Held) =>
    bytes * batch * (held.scores * scores + held.features * features);
  const weights = bytes * parameters;
  const trained = weights + bytes * copiesOfAdapters * adapters;
  const { blocks, dual = 0 } = stack;
  return {
    parameters,
    weights,
    sampling: weights + activations(sampling),
    step: trained + (blocks + dualShare * dual) * activations(step),
    recomputedStep: trained +
      (dual > 0 ? 1 + dualShare : 1) * activations(step) +
      blocks * activations({ scores: 0, features: rememberedOfBlock }),
  };
}
