import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  buildOnce,
  cacheDir,
  withLock,
  writeOnce,
} from "../../lib/setup/cache.ts";
import { inFolder } from "../in_folder.ts";

async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

Deno.test("a folder that is there is not built again", () =>
  inFolder(async (folder) => {
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

Deno.test("a folder that was damaged is built anew", () =>
  inFolder(async (folder) => {
    const target = join(folder, "built");
    const [small, large] = [join(target, "lib/small"), join(target, "large")];
    let builds = 0;
    const build = async (temporary: string) => {
      builds++;
      await Deno.mkdir(join(temporary, "lib"));
      await Deno.writeTextFile(join(temporary, "lib/small"), "whole");
      await Deno.writeFile(join(temporary, "large"), new Uint8Array(2 ** 21));
    };
    await buildOnce(target, build);
    const damages = [
      () => Deno.writeTextFile(small, "whale"), // Of the same size.
      () => Deno.truncate(large, 2 ** 20),
      () => Deno.remove(small),
    ];
    for (const [i, damage] of damages.entries()) {
      await damage();
      assert(await buildOnce(target, build));
      assertEquals(builds, i + 2);
      assertEquals(await Deno.readTextFile(small), "whole");
      assert(!await buildOnce(target, build));
    }
  }));

Deno.test("an empty XDG_CACHE_HOME is none", () => {
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", "");
  try {
    assert(cacheDir().startsWith(Deno.env.get("HOME")!));
  } finally {
    if (before) Deno.env.set("XDG_CACHE_HOME", before);
    else Deno.env.delete("XDG_CACHE_HOME");
  }
});

Deno.test("where nothing can be written no lock is needed, nor a file written again", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const below = join(file, "lock"); // No folder can be made in a file.
    const act = () => Promise.resolve("done");
    assertEquals(await withLock(below, "another", act), "done");

    await Deno.utime(file, 1, 1);
    await writeOnce(file, new Uint8Array());
    assertEquals((await Deno.stat(file)).mtime, new Date(1000));
  }));

Deno.test("a build that failed leaves no folder, and the next starts afresh", () =>
  inFolder(async (folder) => {
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
    assertEquals(await names(target), ["contents.txt", "whole"]);
  }));

Deno.test("of two actions under one lock the second waits for the first", () =>
  inFolder(async (folder) => {
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
  inFolder(async (folder) => {
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
