/**
 * Stop in a notebook: cells run in the installed kernel and are stopped there, by
 * the message that JupyterLab sends.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { root } from "../../lib/data/files.ts";

interface Cell {
  code: string;
  /** Stop the cell after so many seconds. */
  stopAfter?: number;
}

/** Runs cells in one kernel; gives what each printed, errors included. */
const driver = `
import json, sys, time
from queue import Empty
from jupyter_client.manager import KernelManager

manager = KernelManager(kernel_name="deno")
manager.start_kernel(cwd="notebooks")
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)

def run(code, stopAfter=None):
    asked, text, start = client.execute(code), "", time.time()
    while time.time() - start < 60:
        if stopAfter and time.time() - start > stopAfter:
            manager.interrupt_kernel()
            stopAfter = None
        try:
            message = client.get_iopub_msg(timeout=0.2)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != asked:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            text += content["text"]
        elif kind == "error":
            text += "error: " + content["evalue"]
        elif kind == "status" and content["execution_state"] == "idle":
            return text
    return text + "never ended"

try:
    outputs = []
    for cell in json.loads(sys.argv[1]):
        outputs.append(run(**cell))
        if outputs[-1].endswith("never ended"):
            break
    print(json.dumps(outputs))
finally:
    manager.shutdown_kernel(now=True)
`;

async function outputsOf(cells: Cell[]): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(
    join(root, ".venv/bin/python"),
    {
      args: ["-c", driver, JSON.stringify(cells)],
      cwd: root,
      env: { JUPYTER_PREFER_ENV_PATH: "1" },
    },
  ).output();
  const [out, err] = [stdout, stderr].map((b) => new TextDecoder().decode(b));
  if (!success) throw new Error(err);
  return JSON.parse(out.trim().split("\n").at(-1)!);
}

const imports = `import { compile, tf } from "kit";
  import { unlessStopped } from "../lib/tf/stops.ts";`;

/** Fails if a gradient, a trace or Math.random is left as a stop left it. */
const works = `const dx = tf.grad((x) => tf.square(x))(tf.scalar(3));
  const y = compile((x) => tf.square(x))(3);
  console.log(...await dx.data(), ...await y.data(), Math.random() < 1);`;

Deno.test("after a stop the next cell works, and a stopped cell that awaits ends", async () => {
  const endless = "(x) => { for (;;) tf.tidy(() => tf.square(x)); }";
  const training = `async () => {
    for (;;) {
      const start = performance.now();
      tf.tidy(() => { while (performance.now() < start + 100) tf.scalar(1); });
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }`;
  const outputs = await outputsOf([
    { code: imports },
    { code: `tf.grad(${endless})(tf.scalar(1))`, stopAfter: 1 },
    { code: works },
    { code: `compile(${endless})(1)`, stopAfter: 1 },
    { code: works },
    { code: `await unlessStopped(${training})`, stopAfter: 1 },
    { code: works },
  ]);
  const expected = ["6 9 true\n", "6 9 true\n", "6 9 true\n"];
  assertEquals([2, 4, 6].map((i) => outputs[i]), expected);
  assertStringIncludes(outputs[5], "Stopped");
});
