/** Refuses a name that could not be a file's, or would leave its folder. */
export function assertName(what: string, name: string): void {
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new RangeError(
      `Cannot name the ${what}: expected lower-case letters, digits and _, got "${name}"`,
    );
  }
}
