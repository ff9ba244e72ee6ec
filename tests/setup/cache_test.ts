import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { buildOnce, withLock } from "../../lib/setup/cache.ts";

async function inTemporaryFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

Deno.test("a folder that is there is not built again", () =>
  inTemporaryFolder(async (folder) => {
    const target = join(folder, "built");
    let builds = 0;
    const build = async (temporary: string) => {
      builds++;
      await Deno.writeTextFile(join(temporary, "file"), "whole");
    };
    await buildOnce(target, build);
    await buildOnce(target, build);
    assertEquals(builds, 1);
    assertEquals(await Deno.readTextFile(join(target, "file")), "whole");
    assertEquals(await names(folder), ["built"]);
  }));

Deno.test("a build that failed leaves no folder, and the next starts afresh", () =>
  inTemporaryFolder(async (folder) => {
    const target = join(folder, "built");
    await assertRejects(
      () =>
        buildOnce(target, async (temporary) => {
          await Deno.writeTextFile(join(temporary, "half"), "");
          throw new Error("killed");
        }),
      Error,
      "killed",
    );
    await assertRejects(() => Deno.stat(target), Deno.errors.NotFound);
    await buildOnce(
      target,
      (temporary) => Deno.writeTextFile(join(temporary, "whole"), ""),
    );
    assertEquals(await names(target), ["whole"]);
  }));

Deno.test("of two actions under one lock the second waits for the first", () =>
  inTemporaryFolder(async (folder) => {
    const lock = join(folder, "missing/lock");
    const order: string[] = [];
    const action = (name: string) => async () => {
      order.push(`${name} starts`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push(`${name} ends`);
    };
    const first = withLock(lock, "another", action("a"));
    await Promise.all([first, withLock(lock, "another", action("b"))]);
    const [leader, other] = order[0] === "a starts" ? ["a", "b"] : ["b", "a"];
    assertEquals(
      order,
      [leader, other].flatMap((name) => [`${name} starts`, `${name} ends`]),
    );
  }));

Deno.test("an action that throws frees its lock", () =>
  inTemporaryFolder(async (folder) => {
    const lock = join(folder, "lock");
    const fail = () => Promise.reject(new Error("planted"));
    await assertRejects(
      () => withLock(lock, "another", fail),
      Error,
      "planted",
    );
    assertEquals(
      await withLock(lock, "another", () => Promise.resolve("free")),
      "free",
    );
  }));
