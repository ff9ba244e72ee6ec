import { type Tensor } from "../tf/backend.ts";
import { type Layers, type Named } from "./named_layers.ts";

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

/** What a value of a configuration has to be. */
interface Field<Value> {
  /** What diffusers takes where it is left out. */
  fallback: Value;
  expected: string;
  fits(value: unknown): boolean;
}

const isSize = (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= 1;

/** A positive integer. */
export const size = (fallback: number): Field<number> => ({
  fallback,
  expected: "a positive integer",
  fits: isSize,
});

/** A positive number. */
export const positive = (fallback: number): Field<number> => ({
  fallback,
  expected: "a positive number",
  fits: (value) => typeof value === "number" && value > 0 && value < Infinity,
});

/** Integers of 0 or more. */
export const indices = (fallback: number[]): Field<number[]> => ({
  fallback,
  expected: "a list of integers",
  fits: (value) =>
    Array.isArray(value) &&
    value.every((one) => Number.isSafeInteger(one) && one >= 0),
});

/** One of a few values. */
export const oneOf = <Value>(
  fallback: Value,
  ...others: Value[]
): Field<Value> => ({
  fallback,
  expected: [fallback, ...others].map((one) => JSON.stringify(one)).join(
    " or ",
  ),
  fits: (value) => [fallback, ...others].includes(value as Value),
});

/** A size, or `null` for the value of another one. */
export const sizeOrNull = (
  fallback: number | null,
): Field<number | null> => ({
  fallback,
  expected: "a positive integer or null",
  fits: (value) => value === null || isSize(value),
});

/** One value alone, which is not what diffusers takes where it is left out. */
export const only = <Value>(value: Value, otherwise: Value): Field<Value> => ({
  ...oneOf(value),
  fallback: otherwise,
});

/** A value that decides nothing here. */
export const anything: Field<unknown> = {
  fallback: undefined,
  expected: "anything",
  fits: () => true,
};

/**
 * Reads a configuration; names that begin with `_` are notes of diffusers'.
 *
 * @throws {RangeError} If it has an unknown name or a value that is not supported,
 * naming it.
 */
export function readConfig<Fields extends Named<Field<unknown>>>(
  what: string,
  config: Record<string, unknown>,
  fields: Fields,
): { [Name in keyof Fields]: Fields[Name]["fallback"] } {
  const unknown = Object.keys(config).find((name) =>
    !name.startsWith("_") && !Object.hasOwn(fields, name)
  );
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot read the configuration of ${what}: "${unknown}" is not supported`,
    );
  }
  const read = Object.entries(fields).map(([name, field]) => {
    const value = Object.hasOwn(config, name) ? config[name] : field.fallback;
    if (!field.fits(value)) {
      throw new RangeError(
        `Cannot read the configuration of ${what}: expected "${name}" to be ${field.expected}, got ${
          JSON.stringify(value)
        }`,
      );
    }
    return [name, value];
  });
  return Object.fromEntries(read);
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
