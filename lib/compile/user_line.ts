const ownFolder = new URL(".", import.meta.url).href;

/**
 * Where the user's code is: the innermost line on the stack that is neither in a
 * package nor in this module.
 *
 * @returns Such as ` at file:///home/me/step.ts:12:5`, or nothing if there is none.
 */
export function userLine(): string {
  const frames = new Error().stack?.split("\n").slice(1) ?? [];
  const frame = frames.find((frame) =>
    !frame.includes(ownFolder) &&
    !/node_modules|\bext:|\bnode:|npm[:/]/.test(frame)
  );
  const place = frame && /\(?([^\s(]+:\d+:\d+)\)?$/.exec(frame)?.[1];
  return place ? ` at ${place}` : "";
}
