import { type Tensor } from "../../tf/backend.ts";
import { type Layers, type Named } from "../layers/named_layers.ts";

/** What an input has to be. */
export interface Input {
  /** Sizes, or letters for those that the caller chooses: one letter, one size. */
  shape: readonly (string | number)[];
  /** float32 where it is left out. */
  dtypes?: readonly string[];
  /** Whether it may be left out. */
  optional?: boolean;
}

/** A transformer of diffusers as a value, for one configuration. */
export interface VelocityArchitecture {
  /** The shape of every tensor of its checkpoint. */
  shapes: Named<number[]>;
  /** What it takes, by the names of diffusers. */
  inputs: Named<Input>;
  /** The size of its stack of blocks. */
  stack: {
    blocks: number;
    heads: number;
    width: number;
    /** Blocks in which pictures attend a second time. */
    dual?: number;
  };
  /** What `timestep` counts where there is noise alone: 1000, or 1. */
  timeScale: number;
  /** The velocity, `data → noise`, of the shape of `hidden_states`. */
  velocity(layers: Layers, inputs: Named<Tensor>): Tensor;
}

/**
 * Checks what a transformer is given.
 *
 * @throws {TypeError} If an input is missing, unknown, or of another type or shape,
 * naming it.
 */
export function assertInputs(
  what: string,
  inputs: Named<Tensor>,
  expected: Named<Input>,
): void {
  const unknown = Object.keys(inputs).find((name) =>
    !Object.hasOwn(expected, name)
  );
  if (unknown !== undefined) {
    throw new TypeError(
      `Expected inputs of ${what} to be ${
        Object.keys(expected).join(", ")
      }, got "${unknown}"`,
    );
  }
  const sizes: Record<string, number> = {};
  for (const [name, input] of Object.entries(expected)) {
    const given = inputs[name];
    if (given === undefined) {
      if (input.optional) continue;
      throw new TypeError(`Expected the input ${name} of ${what}, got none`);
    }
    assertInput(name, given, input, sizes);
  }
}

/** Checks one input, and notes in `sizes` those that its letters stand for. */
function assertInput(
  name: string,
  { shape, dtype }: Tensor,
  { shape: expected, dtypes = ["float32"] }: Input,
  sizes: Record<string, number>,
): void {
  if (!dtypes.includes(dtype)) {
    throw new TypeError(
      `Expected ${name} to be ${dtypes.join(" or ")}, got ${dtype}`,
    );
  }
  const fits = shape.length === expected.length &&
    expected.every((size, axis) =>
      typeof size === "number"
        ? size === shape[axis]
        : (sizes[size] ?? shape[axis]) === shape[axis]
    );
  if (!fits) {
    const known = expected.filter((size) => sizes[size] !== undefined)
      .map((letter) => `${letter} = ${sizes[letter]}`);
    throw new TypeError(
      `Expected ${name} of shape [${expected.join(", ")}]${
        known.length > 0 ? ` with ${known.join(", ")}` : ""
      }, got [${shape.join(", ")}]`,
    );
  }
  for (const [axis, size] of expected.entries()) {
    if (typeof size === "string") sizes[size] = shape[axis];
  }
}

/**
 * Checks that a picture is made of whole patches.
 *
 * @throws {TypeError} If it is not.
 */
export function assertPatches(picture: Tensor, patch: number): void {
  const [height, width] = picture.shape.slice(-2);
  if (height % patch !== 0 || width % patch !== 0) {
    throw new TypeError(
      `Expected hidden_states of shape [B, C, H, W] with H and W multiples of ${patch}, got [${
        picture.shape.join(", ")
      }]`,
    );
  }
}
