/** A property to replace: an object, the property's name and the new value. */
export type Replacement = readonly [object, string, unknown];

/**
 * Runs an action while properties of objects have other values, and puts all back
 * afterwards, also if it throws.
 *
 * @param replacements What to replace.
 * @param action What to run.
 * @returns What the action returns.
 */
export function withReplaced<T>(
  replacements: readonly Replacement[],
  action: () => T,
): T {
  const before = replacements.map(([object, name]) =>
    Object.getOwnPropertyDescriptor(object, name)
  );
  try {
    for (const [object, name, value] of replacements) {
      Object.defineProperty(object, name, {
        value,
        configurable: true,
        writable: true,
      });
    }
    return action();
  } finally {
    replacements.forEach(([object, name], i) => {
      if (before[i]) Object.defineProperty(object, name, before[i]);
      else Reflect.deleteProperty(object, name);
    });
  }
}
