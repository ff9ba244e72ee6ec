import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readByPath } from "../../lib/pack/packages.ts";

/** Packages that no packed kit needs: for set-up, windows, browsers, types and tests. */
const atHome = ["node-api-headers", "nodeplotlib", "playwright-core"];
const ofTests = ["plotly.js", "fast-check"];

Deno.test("each package is imported, read by path and so packed, or stays at home", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const { imports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  let sources = "";
  const read = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await read(path);
      else if (name.endsWith(".ts")) sources += await Deno.readTextFile(path);
    }
  };
  await read(`${root}/lib`);
  const packages = Object.keys(imports).filter((name) =>
    imports[name].startsWith("npm:") && !name.endsWith("/")
  );
  const forgotten = packages.filter((name) =>
    !new RegExp(`(from|import\\() ?"${name}["/]`).test(sources) &&
    ![...readByPath, ...atHome, ...ofTests].includes(name)
  );
  assertEquals(forgotten, []);
});
