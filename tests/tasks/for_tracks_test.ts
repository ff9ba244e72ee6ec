import { assertEquals, assertRejects } from "@std/assert";
import { forTracks } from "../../lib/tasks/for_tracks.ts";

/** What is done of two tracks for a command line. */
async function done(...args: string[]): Promise<string[]> {
  const names: string[] = [];
  const track = (name: string) => () => Promise.resolve(void names.push(name));
  await forTracks(args, { flow: track("flow"), language: track("language") });
  return names;
}

Deno.test("forTracks() does the tracks that are named, each once, all for none", async () => {
  assertEquals(await done(), ["flow", "language"]);
  assertEquals(await done("language"), ["language"]);
  assertEquals(await done("language", "flow", "language"), [
    "language",
    "flow",
  ]);
});

Deno.test("forTracks() does nothing where one name is none", () =>
  assertRejects(
    () => done("flow", "flows"),
    RangeError,
    'one of flow, language, got "flows"',
  ));
