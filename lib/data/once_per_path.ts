/**
 * Loads what is at a path once, however often it is asked for. A load that failed is not
 * tried again.
 *
 * @param load What loads it.
 * @returns The same for each path, from then on.
 */
export function oncePerPath<T>(
  load: (path: string) => Promise<T>,
): (path: string) => Promise<T> {
  const loaded = new Map<string, Promise<T>>();
  return (path) => {
    const found = loaded.get(path) ?? load(path);
    loaded.set(path, found);
    return found;
  };
}
