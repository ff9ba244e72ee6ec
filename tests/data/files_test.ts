import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  dataDir,
  runsDir,
  writeBytes,
  writeText,
} from "../../lib/data/files.ts";
import { inFolder } from "../in_folder.ts";

const names = (folder: string) =>
  [...Deno.readDirSync(folder)].map((entry) => entry.name);

Deno.test("dataDir is the folder that holds the data sets' README", async () => {
  assert((await Deno.stat(`${dataDir}/README.md`)).isFile);
});

Deno.test("runsDir gives each scale its own folder beside data/", () => {
  assertEquals(runsDir("smoke"), `${dataDir}/runs/smoke`);
  for (const scale of ["", "..", "a/b", "Full"]) {
    assertThrows(() => runsDir(scale), RangeError, `got "${scale}"`);
  }
});

Deno.test("a file is replaced whole and no temporary file stays", () =>
  inFolder(async (folder) => {
    await writeText(`${folder}/a/rows.json`, "long old content");
    await writeText(`${folder}/a/rows.json`, "née");
    assertEquals(await Deno.readTextFile(`${folder}/a/rows.json`), "née");
    assertEquals(names(`${folder}/a`), ["rows.json"]);
  }));

Deno.test("a write that fails throws and leaves the folder as it was", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken/full`, { recursive: true });
    await assertRejects(() => writeText(`${folder}/taken`, "text"));
    assertEquals(names(folder), ["taken"]);
    assertEquals(names(`${folder}/taken`), ["full"]);
  }));

Deno.test("a reader never sees a part of a write", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file.bin`;
    const contents = [1, 2].map((byte) => new Uint8Array(1 << 16).fill(byte));
    await writeBytes(path, contents[0]);
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 10; i++) await writeBytes(path, contents[i % 2]);
      writing = false;
    })();
    let reads = 0;
    for (; writing; reads++) {
      const seen = await Deno.readFile(path);
      assertEquals(seen.length, 1 << 16);
      assert(seen.every((byte) => byte === seen[0]), "torn between two writes");
    }
    await writer;
    assert(reads > 1, "the reader never ran beside the writer");
  }));
