/**
 * Reads a size of a `config.json`.
 *
 * @param config The content of the file, or a part of it.
 * @param name The size's.
 * @param otherwise What it is where it is left out.
 * @returns The size.
 * @throws {RangeError} If it is no positive integer.
 */
export function sizeOf(
  config: Record<string, unknown>,
  name: string,
  otherwise?: number,
): number {
  const value = config[name] ?? otherwise;
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw wrongValue(name, "a positive integer", value);
  }
  return value as number;
}

/** What to throw for a value of a `config.json` that does not fit. */
export function wrongValue(
  name: string,
  expected: string,
  value: unknown,
): RangeError {
  return new RangeError(
    `Cannot read config.json: expected ${name} to be ${expected}, got ${
      JSON.stringify(value)
    }`,
  );
}
