import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { hashFiles, manifest, writeParts } from "../../lib/pack/parts.ts";

const script = new URL("../../lib/pack/unpack.sh", import.meta.url);

/** An archive of a kit that says what it was asked, in parts of 100 bytes. */
async function archive(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const staged = join(folder, "staged");
  await Deno.mkdir(staged);
  await Deno.writeTextFile(join(staged, "kit"), '#!/bin/sh\necho "ran $*"\n');
  await Deno.chmod(join(staged, "kit"), 0o755);
  await Deno.writeFile(
    join(staged, "a file"),
    crypto.getRandomValues(new Uint8Array(500)),
  );
  const tar = new Deno.Command("sh", {
    args: ["-c", `tar -cf - -C "${staged}" .`],
    stdout: "piped",
  }).spawn();
  const parts = await writeParts(
    tar.stdout.pipeThrough(new CompressionStream("gzip")),
    { folder, size: 100 },
  );
  await tar.status;
  const files = await hashFiles(staged);
  await Deno.writeTextFile(
    join(folder, "manifest.json"),
    manifest({}, { parts, files }),
  );
  await Deno.copyFile(script, join(folder, "unpack.sh"));
  return folder;
}

async function unpack(folder: string, ...tests: string[]) {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: [join(folder, "unpack.sh"), join(folder, "kit"), ...tests],
  }).output();
  const text = new TextDecoder();
  return { success, said: text.decode(stdout) + text.decode(stderr) };
}

Deno.test("an archive is put together, checked, and its tests are run", async () => {
  const folder = await archive();
  const { success, said } = await unpack(folder, "tests/data");
  assertMatch(said, /ran test --permission-set --no-check tests\/data\n$/);
  assertEquals(success, true);
  assertEquals(
    await Deno.readFile(join(folder, "kit/a file")),
    await Deno.readFile(join(folder, "staged/a file")),
  );
});

Deno.test("a flipped bit is named with its part, and nothing is unpacked", async () => {
  const folder = await archive();
  const path = join(folder, "part.003");
  const bytes = await Deno.readFile(path);
  bytes[50] ^= 1;
  await Deno.writeFile(path, bytes);
  const { success, said } = await unpack(folder);
  assertEquals(success, false);
  assertEquals(
    said,
    "unpack: part.003 is damaged: its checksum is not that of manifest.json\n",
  );
  assertEquals(await Deno.stat(join(folder, "kit")).catch(() => null), null);
});

Deno.test("missing parts and strange ones are all named", async () => {
  const folder = await archive();
  await Deno.remove(join(folder, "part.002"));
  await Deno.writeTextFile(join(folder, "part.999"), "");
  const { success, said } = await unpack(folder);
  assertEquals(success, false);
  assertEquals(
    said,
    "unpack: part.999 is not of this archive\npart.002 is missing\n",
  );
});

Deno.test("a file that is not as it was packed is named", async () => {
  const folder = await archive();
  const path = join(folder, "manifest.json");
  const text = await Deno.readTextFile(path);
  const [line] = /.*"a file".*/.exec(text)!;
  const planted = line.replace(/"sha256":"./, '"sha256":"x').replace(
    "x",
    line.includes('"sha256":"0') ? "1" : "0",
  );
  await Deno.writeTextFile(path, text.replace(line, planted));
  const { success, said } = await unpack(folder);
  assertEquals(success, false);
  assertMatch(said, /a file: FAILED/);
});

Deno.test("a folder that is there is not written over", async () => {
  const folder = await archive();
  await Deno.mkdir(join(folder, "kit"));
  const { success, said } = await unpack(folder);
  assertEquals(success, false);
  assertMatch(said, /kit is there already/);
});
