import { assertEquals, assertMatch } from "@std/assert";
import { dirname } from "node:path";
import { publish, published, removeParts } from "../../lib/sweeps/publish.ts";
import { killWhenItPrints } from "../kill_when_it_prints.ts";

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

/** Has a process publish a text, and kills it while a part of it is on the disk. */
async function killWhileItPublishes(path: string): Promise<string> {
  const module = new URL("../../lib/sweeps/publish.ts", import.meta.url).href;
  const script = `
    import { publish } from ${JSON.stringify(module)};
    Deno.rename = () => {
      console.log("written");
      return new Promise(() => setTimeout(() => {}, 60_000));
    };
    await publish(${JSON.stringify(path)}, "1");`;
  await killWhenItPrints("written", ["eval", "--no-lock", script]);
  const [{ name }] = Deno.readDirSync(dirname(path));
  return name;
}

Deno.test("what a killed writer left is removed once the text is published, and not before", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.json`;
  const part = await killWhileItPublishes(path);
  assertMatch(part, /^a\.json\..*\.own\.\S+\.tmp$/);
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
      .sort();
  assertEquals(await names(), [part]);
  await removeParts(folder);
  assertEquals(await names(), [part]);
  assertEquals(await publish(path, "1"), "first");
  const others = ["a.json.node.differs.json", `b.json.${uuid}.own`];
  const left = [`a.json.${uuid}.own`, ...others];
  for (const name of left) await Deno.writeTextFile(`${folder}/${name}`, "");
  await removeParts(folder);
  assertEquals(await names(), ["a.json", ...others]);
  await Deno.remove(folder, { recursive: true });
});

const uuid = "0b0c7a5e-9d0e-4b3f-8d0e-2f6f3a1b4c5d";

Deno.test("a writer whose part is removed finds what was published", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.json`;
  await publish(path, "1");
  let removing = true;
  const remover = (async () => {
    while (removing) await removeParts(folder);
  })();
  for (let i = 0; i < 30; i++) {
    assertEquals(await publish(path, "1"), "same");
    assertEquals(await publish(path, "2".repeat(1e6)), "other");
  }
  removing = false;
  await remover;
  assertEquals(await published(path), "1");
  await removeParts(`${folder}/none`);
  await Deno.remove(folder, { recursive: true });
});
