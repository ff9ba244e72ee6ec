/**
 * Loaded before the program of a task, `--preload`: ends it soon after the `deno task`
 * that runs it is gone. One that is killed cannot end its children.
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
