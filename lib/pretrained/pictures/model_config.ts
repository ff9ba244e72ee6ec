import { type Named } from "../layers/named_layers.ts";

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

/** A positive number, or `null` for none. */
export const positiveOrNull = (
  fallback: number | null,
): Field<number | null> => ({
  fallback,
  expected: "a positive number or null",
  fits: (value) => value === null || positive(1).fits(value),
});

/** Positive integers, one at least. */
export const sizes = (fallback: number[]): Field<number[]> => ({
  fallback,
  expected: "a list of positive integers",
  fits: (value) =>
    Array.isArray(value) && value.length > 0 && value.every(isSize),
});

/** A number, or `null` for none. */
export const numberOrNull = (
  fallback: number | null,
): Field<number | null> => ({
  fallback,
  expected: "a number or null",
  fits: (value) => value === null || Number.isFinite(value),
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
 * Reads a configuration of transformers, in which most names decide nothing here: those
 * that are not asked for are left alone.
 *
 * @throws {RangeError} If a value is not supported, naming it.
 */
export function readConfigOf<Fields extends Named<Field<unknown>>>(
  what: string,
  config: Record<string, unknown>,
  fields: Fields,
): { [Name in keyof Fields]: Fields[Name]["fallback"] } {
  const asked = Object.entries(config)
    .filter(([name]) => Object.hasOwn(fields, name));
  return readConfig(what, Object.fromEntries(asked), fields);
}

/**
 * Reads a configuration of diffusers; names that begin with `_` are notes.
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
 * The width of all heads together, which the configuration says a second time.
 *
 * @param name The value that has to be this width.
 * @throws {RangeError} If it is not.
 */
export function widthOfHeads<Name extends string>(
  what: string,
  config: Record<Name | "num_attention_heads" | "attention_head_dim", number>,
  name: Name,
): number {
  const width = config.num_attention_heads * config.attention_head_dim;
  if (config[name] !== width) {
    throw new RangeError(
      `Cannot read the configuration of ${what}: expected "${name}" to be num_attention_heads * attention_head_dim = ${width}, got ${
        config[name]
      }`,
    );
  }
  return width;
}
