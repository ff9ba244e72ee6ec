/** Sends a signal to a child, unless it has ended by itself meanwhile. */
export function killIfThere(child: Deno.ChildProcess, signal: Deno.Signal) {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // What Deno says of one that ended.
  }
}
