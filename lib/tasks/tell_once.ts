/**
 * Tells of progress on stderr, each line once.
 *
 * @returns A function that writes a line if it is not the one before.
 */
export function tellOnce(): (line: string) => void {
  let last = "";
  return (line) => {
    if (line !== last) console.error(last = line);
  };
}
