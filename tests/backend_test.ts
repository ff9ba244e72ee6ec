import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { root } from "../lib/data/files.ts";
import { runCommand } from "../lib/setup/run_command.ts";
import { backend, tf } from "../lib/tf/backend.ts";
import { climb, type Rung } from "../lib/tf/ladder.ts";

const works = (name: string): Rung<string> => ({
  name,
  load: () => Promise.resolve({ device: `${name} device`, version: "1" }),
});
const fails = (name: string, message: string): Rung<string> => ({
  name,
  load: () => Promise.reject(new Error(message)),
});

Deno.test("the ladder takes its first rung when that loads", async () => {
  assertEquals(await climb([works("a"), works("b")], undefined), {
    name: "a",
    device: "a device",
    version: "1",
    reason: "first of the ladder",
  });
});

Deno.test("the ladder falls to the next rung and says why", async () => {
  const ladder = [fails("a", "no addon\nrun this"), works("b"), works("c")];
  const { name, reason } = await climb(ladder, undefined);
  assertEquals([name, reason], ["b", "a: no addon"]);
});

Deno.test("a forced rung is the only one tried", async () => {
  const untried = {
    name: "a",
    load: () => Promise.reject(new Error("must not be tried")),
  };
  const { name, reason } = await climb([untried, works("b")], "b");
  assertEquals([name, reason], ["b", "forced by KIT_BACKEND"]);
});

Deno.test("a forced rung that fails is an error, not a fallback", async () => {
  const error = await assertRejects(
    () => climb([fails("a", "no GPU"), works("b")], "a"),
    Error,
  );
  assertStringIncludes(error.message, "a: no GPU");
});

Deno.test("a forced name that is no rung is a RangeError", async () => {
  await assertRejects(() => climb([works("a")], "z"), RangeError, `got "z"`);
});

Deno.test("a ladder of which no rung loads names every reason", async () => {
  await assertRejects(
    () => climb([fails("a", "no addon"), fails("b", "no GPU")], undefined),
    Error,
    "a: no addon; b: no GPU",
  );
});

Deno.test("the loaded backend multiplies matrices", async () => {
  // [1 2; 3 4] [5; 6] = [1*5 + 2*6; 3*5 + 4*6] = [17; 39]
  const product = tf.tidy(() =>
    tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]]))
  );
  assertEquals([...await product.data()], [17, 39]);
  product.dispose();
});

Deno.test("the loaded backend is the one that TensorFlow.js runs on", () => {
  assertEquals(tf.getBackend(), backend.name);
  const forced = Deno.env.get("KIT_BACKEND");
  if (forced) assertEquals(backend.name, forced);
});

Deno.test("a software adapter is asked for once a process, however often a backend is looked for", async () => {
  const module = new URL("../lib/tf/backend.ts", import.meta.url).href;
  const script = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(
    script,
    `let asked = 0;
    const info = { description: "llvmpipe (LLVM 15)" };
    GPU.prototype.requestAdapter = () => (asked++, Promise.resolve({ info }));
    for (const isolate of [1, 2]) {
      const { backend } = await import("${module}?" + isolate);
      console.log(backend.name, backend.reason.split("; ")[1]);
    }
    console.log(asked);`,
  );
  // Native TensorFlow may not be loaded there.
  const said = await runCommand("deno", [
    ...["run", "--quiet", "--no-lock", "--no-prompt", "--allow-read"],
    ...["--allow-env", "--allow-sys", "--config", join(root, "deno.json")],
    script,
  ], { env: { KIT_BACKEND: "" }, seconds: 60 });
  const line = "wasm webgpu: only a software adapter, llvmpipe (LLVM 15)\n";
  assertEquals(said, `${line}${line}1\n`);
  await Deno.remove(script);
});
