import { assert } from "@std/assert";
import { fileURLToPath } from "node:url";
import { codeFiles } from "../../lib/experiments/code_version.ts";

Deno.test("a module decides a run however deep its folder lies", () => {
  const folder = new URL("../../lib/pretrained/", import.meta.url);
  const files = codeFiles(fileURLToPath(folder));
  for (const path of ["mod.ts", "language/decoder.ts", "layers/lora.ts"]) {
    assert(files.includes(path), `${path} is not among ${files}`);
  }
  assert(!files.some((path) => path.endsWith(".json")));
});
