import { isRecord } from "../data/json.ts";

/**
 * Reads a value of a JSON file that must have a certain form.
 *
 * @param value The value.
 * @param at Where it stands, such as `families[0].claims[2].margin`.
 */
export type Read<T> = (value: unknown, at: string) => T;

/** Refuses a value: says where, what was expected and what came. */
export function refuse(at: string, expected: string, value: unknown): never {
  throw new TypeError(
    `Expected ${at} to be ${expected}, got ${JSON.stringify(value)}`,
  );
}

/** A text that is not empty. */
export const text: Read<string> = (value, at) =>
  typeof value === "string" && value.trim() !== ""
    ? value
    : refuse(at, "a text", value);

/** A finite number, of which more may be asked. */
export function number(
  expected = "a number",
  fits: (value: number) => boolean = () => true,
): Read<number> {
  return (value, at) =>
    typeof value === "number" && Number.isFinite(value) && fits(value)
      ? value
      : refuse(at, expected, value);
}

/** A number above 0. */
export const positive: Read<number> = number(
  "a number above 0",
  (value) => value > 0,
);

/** A whole number of at least this. */
export const whole = (least: number): Read<number> =>
  number(
    `a whole number of at least ${least}`,
    (value) => Number.isInteger(value) && value >= least,
  );

/** One of these texts. */
export function oneOf<T extends string>(names: readonly T[]): Read<T> {
  return (value, at) =>
    names.includes(value as T)
      ? value as T
      : refuse(at, `one of ${names.join("; ")}`, value);
}

/** A list of at least one. */
export function list<T>(each: Read<T>): Read<readonly T[]> {
  return (value, at) =>
    Array.isArray(value) && value.length > 0
      ? value.map((item, i) => each(item, `${at}[${i}]`))
      : refuse(at, "a list of at least one", value);
}

/** Numbers, each larger than the one before. */
export const rising: Read<readonly number[]> = (value, at) => {
  const numbers = list(number())(value, at);
  return numbers.every((x, i) => i === 0 || x > numbers[i - 1])
    ? numbers
    : refuse(at, "a list of rising numbers", value);
};

/** An object of values by name, at least one. */
export function record<T>(each: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, at) => {
    const entries = Object.entries(object(value, at));
    if (entries.length === 0) refuse(at, "an object of at least one", value);
    return Object.fromEntries(
      entries.map(([name, own]) => [name, each(own, `${at}["${name}"]`)]),
    );
  };
}

/** What may be left out. */
export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, at) => value === undefined ? undefined : read(value, at);
}

/** An object of exactly these fields. */
export function fields<T extends object>(
  readers: { readonly [Name in keyof T]-?: Read<T[Name]> },
): Read<T> {
  return (value, at) => {
    const given = object(value, at);
    const names = Object.keys(readers) as (keyof T & string)[];
    const unknown = Object.keys(given).find((name) =>
      !(names as string[]).includes(name)
    );
    if (unknown !== undefined) {
      throw new TypeError(
        `Expected ${at} to have only ${names.join(", ")}, got "${unknown}"`,
      );
    }
    return Object.fromEntries(
      names.map((name) => [name, readers[name](given[name], `${at}.${name}`)]),
    ) as T;
  };
}

function object(value: unknown, at: string): Record<string, unknown> {
  return isRecord(value) ? value : refuse(at, "an object", value);
}
