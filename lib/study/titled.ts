/**
 * Titles of a track's columns, for the axes of its charts.
 *
 * @param titles By the names of the columns.
 * @returns A function that picks some of them.
 */
export function titled<Name extends string>(
  titles: Readonly<Record<Name, string>>,
): (...names: Name[]) => Record<string, string> {
  return (...names) =>
    Object.fromEntries(names.map((name) => [name, titles[name]]));
}
