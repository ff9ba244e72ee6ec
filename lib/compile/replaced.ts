/** A property to replace: an object, the property's name and the new value. */
export type Replacement = readonly [object, string, unknown];

/**
 * Gives properties of objects other values.
 *
 * @param replacements What to replace.
 * @returns What puts all back.
 */
export function replaceAll(replacements: readonly Replacement[]): () => void {
  const before = replacements.map(([object, name]) =>
    Object.getOwnPropertyDescriptor(object, name)
  );
  for (const [object, name, value] of replacements) {
    Object.defineProperty(object, name, {
      value,
      configurable: true,
      writable: true,
    });
  }
  return () =>
    replacements.forEach(([object, name], i) => {
      if (before[i]) Object.defineProperty(object, name, before[i]);
      else Reflect.deleteProperty(object, name);
    });
}
