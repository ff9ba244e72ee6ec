const ownFolder = new URL(".", import.meta.url).href;
const notUsers = /node_modules|\b(ext|node|npm):|<anonymous>/;

/**
 * Where the user's code is: the innermost line on the stack that is neither in a
 * package nor in this module.
 *
 * @returns Such as ` at file:///home/me/step.ts:12:5`, or nothing if there is none.
 */
export function userLine(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100; // Gradients of TensorFlow.js nest deeply.
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frame = stack.split("\n").slice(1).find((frame) =>
    !frame.includes(ownFolder) && !notUsers.test(frame)
  );
  const place = frame && /\(?([^\s(]+:\d+:\d+)\)?$/.exec(frame)?.[1];
  return place ? ` at ${place}` : "";
}
