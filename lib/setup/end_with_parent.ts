/**
 * Loaded before the program of a task, `--preload`: ends it soon after the `deno task`
 * that runs it is gone. One that is killed cannot end its children.
 *
 * A parent that is gone before this is loaded, some tenths of a second after the
 * program's start, is not noticed: the program goes on to its own end. Whoever adopts an
 * orphan, process 1 or another, cannot be told from a parent by its number, and a
 * container's `deno task` is process 1 itself; `/proc` is read only with -A, and
 * `deno task` hands its number to nobody.
 *
 * @module
 */

import process from "node:process";

/** What `deno task` sets: other programs may well outlive their parent. */
const ofTask = Deno.env.has("INIT_CWD");
const parent = Deno.ppid;

const timer = setInterval(() => {
  // Under test `Deno.exit` fails the test and goes on.
  if (ofTask && Deno.ppid !== parent) process.abort();
}, 200);
Deno.unrefTimer(timer);
