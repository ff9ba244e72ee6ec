import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import { packModel } from "../../lib/pack/pack.ts";
import { buildOnce, cacheDir } from "../../lib/setup/cache.ts";

const launcher = new URL("../../lib/pack/kit.sh", import.meta.url);

/** Has a cache with one model, `tiny`, and a folder for a kit with this launcher. */
async function withCache(action: (kit: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", join(folder, "home"));
  try {
    await buildOnce(
      join(cacheDir(), "models/tiny"),
      (temporary) => Deno.writeTextFile(join(temporary, "a.gguf"), "weights"),
    );
    const kit = join(folder, "the kit");
    const deno = join(kit, "bin/deno");
    await Deno.mkdir(dirname(deno), { recursive: true });
    await Deno.mkdir(join(kit, "checkout"));
    await Deno.copyFile(launcher, join(kit, "kit"));
    await Deno.writeTextFile(deno, '#!/bin/sh\necho "$XDG_CACHE_HOME"\n', {
      mode: 0o755,
    });
    await action(kit);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the launcher says is the folder of caches. */
async function cacheHome(kit: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: [join(kit, "kit")],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("a kit looks for its models where they were packed", () =>
  withCache(async (kit) => {
    assertEquals(await cacheHome(kit), Deno.env.get("XDG_CACHE_HOME"));
    await packModel("tiny", kit);
    Deno.env.set("XDG_CACHE_HOME", await cacheHome(kit));
    const model = join(cacheDir(), "models/tiny");
    assertEquals(model.startsWith(kit), true);
    assertEquals(await Deno.readTextFile(join(model, "a.gguf")), "weights");
    // It is taken for whole.
    assertEquals(await buildOnce(model, () => Promise.reject()), false);
  }));

Deno.test("a model that is not in the cache is not packed", () =>
  withCache(async (kit) => {
    for (const name of ["other", "..", ""]) {
      const packing = () => packModel(name, kit);
      await assertRejects(packing, RangeError, "deno task model fetches it");
    }
  }));
