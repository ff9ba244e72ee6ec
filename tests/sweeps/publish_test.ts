import { assertEquals } from "@std/assert";
import { publish, published } from "../../lib/sweeps/publish.ts";

Deno.test("of many writers at once one is the first, and no part is left", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/rows/a.json`;
  const texts = Array.from({ length: 20 }, (_, i) => `${i % 2}`.repeat(1e5));
  const became = await Promise.all(texts.map((text) => publish(path, text)));
  assertEquals(became.filter((one) => one === "first").length, 1);
  const first = texts[became.indexOf("first")];
  assertEquals(await published(path), first);
  assertEquals(
    became.map((one) => one === "other"),
    texts.map((text) => text !== first),
  );
  const files = Array.from(Deno.readDirSync(`${folder}/rows`));
  assertEquals(files.map(({ name }) => name), ["a.json"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what was published stays; what was not is undefined", async () => {
  const folder = await Deno.makeTempDir();
  assertEquals(await published(`${folder}/a`), undefined);
  assertEquals(await publish(`${folder}/a`, "1"), "first");
  assertEquals(await publish(`${folder}/a`, "1"), "same");
  assertEquals(await publish(`${folder}/a`, "2"), "other");
  assertEquals(await published(`${folder}/a`), "1");
  await Deno.remove(folder, { recursive: true });
});
