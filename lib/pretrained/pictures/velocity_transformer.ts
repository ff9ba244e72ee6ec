import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { assertKnown } from "../../tf/check.ts";
import { aboutFolder, readAllTensors } from "../checkpoints/read_tensors.ts";
import { openWeights } from "../checkpoints/weights.ts";
import { assertAdapters, type Linears, tieToAdapters } from "../layers/lora.ts";
import { layersOf, type Named } from "../layers/named_layers.ts";
import { fluxTransformer } from "./flux_transformer.ts";
import { sanaTransformer } from "./sana_transformer.ts";
import { sd3Transformer } from "./sd3_transformer.ts";
import {
  assertInputs,
  type VelocityArchitecture,
} from "./velocity_architecture.ts";

/** A pretrained transformer of pictures from text, frozen. */
export interface VelocityTransformer {
  /** Its class in diffusers, such as `"SD3Transformer2DModel"`. */
  readonly className: string;
  /** What `timestep` counts where there is noise alone: 1000, or 1 for FLUX. */
  readonly timeScale: number;
  /** Its linear layers, `[out, in]` by name: what can be adapted. */
  readonly linears: Linears;
  /**
   * The velocity, noise less data, as diffusers' `forward` computes it. Gradients reach
   * the inputs and the adapters, never the weights.
   *
   * @param inputs By the names of diffusers' `forward`. `hidden_states` are latents,
   * `[B, C, H, W]`, or packed, `[B, S, C]`, for FLUX.
   * @param adapters LoRA of M members (`initVelocityAdapters`); the batch is then that
   * of all members, the samples of a member together.
   * @returns float32 of the shape of `hidden_states`, which the caller disposes.
   * @throws {TypeError} If an input is missing, unknown or has another type or shape,
   * naming it, or an adapter does not fit.
   */
  velocity(inputs: Named<Tensor>, adapters?: Params): Tensor;
  /** Disposes the weights. */
  dispose(): void;
}

/** The classes of diffusers that are read here. */
const velocityArchitectures: Record<
  string,
  (config: Record<string, unknown>) => VelocityArchitecture
> = {
  SD3Transformer2DModel: sd3Transformer,
  FluxTransformer2DModel: fluxTransformer,
  SanaTransformer2DModel: sanaTransformer,
};

/**
 * The architecture that a configuration of diffusers describes.
 *
 * @param config `config.json`.
 * @throws {RangeError} If its class or a value is not supported, naming it.
 */
export function velocityArchitecture(
  config: Record<string, unknown>,
): VelocityArchitecture {
  const className = `${config._class_name}`;
  if (!Object.hasOwn(velocityArchitectures, className)) {
    throw new RangeError(
      `Expected _class_name to be one of ${
        Object.keys(velocityArchitectures).join(", ")
      }, got ${JSON.stringify(config._class_name)}`,
    );
  }
  return velocityArchitectures[className](config);
}

/**
 * Loads the transformer of Stable Diffusion 3 and 3.5, FLUX.1, SANA and SANA-1.5 from a
 * folder of diffusers: `config.json` and one or more safetensors. The configuration
 * decides everything; the velocities are those of diffusers.
 *
 * @param folder The folder, such as `stable-diffusion-3-medium/transformer`.
 * @param options `recompute`: a gradient runs each block again in place of remembering
 * its values, for large models: memory of one block, about a third more time.
 * @returns The transformer, which the caller disposes.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If its class or a value of the configuration is not supported, or
 * a weight is missing, too many, or of another shape, naming it.
 * @throws {Deno.errors.NotFound} If a file is missing, naming it.
 *
 * @example
 * ```ts
 * import { loadVelocityTransformer, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/sd3/transformer", `file://${Deno.cwd()}/`);
 * const sd3 = await loadVelocityTransformer(folder.pathname); // a tiny one, random
 * const velocity = tf.tidy(() =>
 *   sd3.velocity({
 *     hidden_states: tf.randomNormal([1, 4, 8, 12]),
 *     encoder_hidden_states: tf.randomNormal([1, 5, 12]),
 *     pooled_projections: tf.randomNormal([1, 10]),
 *     timestep: tf.tensor1d([500]),
 *   })
 * );
 * assertEquals(sd3.className, "SD3Transformer2DModel");
 * assertEquals(velocity.shape, [1, 4, 8, 12]);
 * velocity.dispose();
 * sd3.dispose();
 * ```
 */
export async function loadVelocityTransformer(
  folder: string,
  options: { recompute?: boolean } = {},
): Promise<VelocityTransformer> {
  assertKnown("the options of loadVelocityTransformer", options, ["recompute"]);
  const { recompute = false } = options;
  const weights = await openWeights(folder);
  try {
    const architecture = velocityArchitecture(weights.config);
    const tensors = await readAllTensors(weights, architecture.shapes);
    const className = `${weights.config._class_name}`;
    return frozen(className, architecture, tensors, recompute);
  } catch (error) {
    throw aboutFolder(error, folder);
  } finally {
    weights.close();
  }
}

function frozen(
  className: string,
  architecture: VelocityArchitecture,
  tensors: Named<Tensor>,
  recompute: boolean,
): VelocityTransformer {
  const linears = linearsOf(architecture.shapes);
  return {
    className,
    timeScale: architecture.timeScale,
    linears,
    velocity(inputs, adapters) {
      assertInputs(className, inputs, architecture.inputs);
      if (adapters) {
        const [batch] = inputs.hidden_states.shape;
        assertAdapters(adapters, linears, batch);
      }
      return tf.tidy(() => {
        const layers = layersOf(tensors, { adapters, recompute });
        return tieToAdapters(architecture.velocity(layers, inputs), adapters);
      });
    },
    dispose: () => tf.dispose(tensors),
  };
}

/** Linear layers by name: the matrices among the weights. */
export function linearsOf(shapes: Named<number[]>): Linears {
  const end = ".weight";
  return Object.fromEntries(
    Object.entries(shapes)
      .filter(([name, { length }]) => name.endsWith(end) && length === 2)
      .map(([name, shape]) => [name.slice(0, -end.length), shape]),
  );
}
