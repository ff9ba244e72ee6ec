import { assertEquals, assertThrows } from "@std/assert";
import { root } from "../../lib/data/files.ts";
import { notebookPath } from "../../lib/notebooks/find.ts";
import { written, writtenSince } from "../../lib/notebooks/written.ts";

const all = ["00_start_here"];

Deno.test("a notebook is named, or given by a path inside the checkout", () => {
  const path = "notebooks/00_start_here.ipynb";
  for (const named of ["00_start_here", "00_start_here.ipynb", root + path]) {
    assertEquals(notebookPath(named, all), path);
  }
});

Deno.test("a notebook outside of the checkout is told where to go", async () => {
  const outside = await Deno.makeTempFile({ suffix: ".ipynb" });
  assertThrows(() => notebookPath(outside, all), RangeError, "outside of");
  await Deno.remove(outside);
});

Deno.test("a notebook that is not there, or no notebook, is refused by name", () => {
  for (const named of ["05_none", `${root}/none.ipynb`, `${root}/deno.json`]) {
    assertThrows(() => notebookPath(named, all), RangeError, `"${named}"`);
  }
});

Deno.test("only what is written anew counts as a run's own", async () => {
  const runs = await Deno.makeTempDir();
  const write = async (name: string, time: number) => {
    await Deno.mkdir(`${runs}/results/${name}`, { recursive: true });
    await Deno.utime(`${runs}/results/${name}`, time, time);
  };
  await write("old", 1);
  await write("again", 1);
  const before = await written(runs);
  await write("again", 2);
  await write("new", 2);
  assertEquals(writtenSince(before, await written(runs)), [
    "results/again",
    "results/new",
  ]);
  await Deno.remove(runs, { recursive: true });
});
