import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { inFolder } from "../in_folder.ts";

const script = fileURLToPath(
  new URL("../../lib/bench/gpu.ts", import.meta.url),
);

/** What `gpu.ts` says, and whether it ended well. */
async function gpu(...args: string[]) {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", "-A", "--no-check", "--quiet", script, ...args],
    env: { KIT_BACKEND: "wasm", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { success, said: text.decode(stdout), error: text.decode(stderr) };
}

Deno.test("one part runs alone, after the backend", () =>
  inFolder(async (folder) => {
    const none = `${folder}/none.gguf`;
    const asked = ["--out", folder, "--only", "lora", "--model", none];
    const { success, said, error } = await gpu(...asked);
    assertEquals({ success, error }, { success: true, error: "" });
    assertEquals(
      said.replaceAll(/\[.* s\] /g, "").split("\n").slice(1),
      [
        /backend: wasm .*/.exec(said)![0],
        `no LoRA step: there is no model at ${none}`,
        "done",
        "",
      ],
    );
  }));

Deno.test("a part that is not there is refused, with those that are", async () => {
  const { success, error } = await gpu("--out", ".", "--only", "all");
  assertEquals(success, false);
  assertMatch(
    error,
    /Expected --only to be one of tests, values, times, lora, got "all"/,
  );
});
