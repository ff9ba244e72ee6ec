import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { dataDir, root, writeText } from "../../lib/data/files.ts";
import { folderNames } from "../../lib/results/folders.ts";
import { protocolFile, readProtocols } from "../../lib/study/read_protocol.ts";
import {
  loadStudy,
  studiesOf,
  studyName,
} from "../../lib/study/confirmatory.ts";

const protocols = await readProtocols();

/** What git answers in a folder; none where it fails. */
async function git(
  folder: string,
  ...args: string[]
): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command("git", {
    ...{ args, cwd: folder, stdout: "piped", stderr: "null" },
  }).output().catch(() => ({ success: false, stdout: new Uint8Array() }));
  return success ? new TextDecoder().decode(stdout) : undefined;
}

/** The commits, the oldest first. */
const commits = async (folder: string, ...args: string[]) =>
  (await git(folder, "log", "--reverse", "--format=%H", ...args) ?? "")
    .split("\n").filter(Boolean);

/** Whether there is a history, of which no part was left out. */
const hasHistory = async (folder: string) =>
  (await git(folder, "rev-parse", "--is-shallow-repository"))?.trim() ===
    "false";

/** What is wrong: an edit of the protocol after the first confirmatory result. */
async function wrongOrder(
  folder: string,
  version: number,
): Promise<string | undefined> {
  const file = `data/${protocolFile(version)}`;
  const confirmatory = `data/results/${studyName("*", version)}/*`;
  const [first] = await commits(
    ...[folder, "--diff-filter=A", "--", confirmatory] as const,
  );
  if (!first) return undefined;
  const before = await git(folder, "show", `${first}^:${file}`);
  if (before === undefined) return `${first} has results before any protocol`;
  const [edit] = await commits(folder, `${first}..HEAD`, "--", file);
  if (edit) return `${edit} edits the protocol after the results of ${first}`;
  const now = await Deno.readTextFile(join(folder, file));
  return now === before
    ? undefined
    : `the protocol is not that of the results of ${first}`;
}

const known = await hasHistory(root);
for (const { version } of protocols) {
  const name =
    `protocol ${version} was not edited after its first confirmatory result`;
  Deno.test({
    name: known ? name : `${name} (skipped: no whole git history)`,
    ignore: !known,
    async fn() {
      assertEquals(await wrongOrder(root, version), undefined);
    },
  });
}

Deno.test("all kept confirmatory results are of the protocols that are there", async () => {
  const kept = await folderNames(join(dataDir, "results"));
  for (const { name, protocol, track } of studiesOf(protocols)) {
    assert(kept.includes(name), name);
    await loadStudy(protocol, track);
  }
});

Deno.test("an edit of a protocol after a result is found, put back or not", async () => {
  const folder = await Deno.makeTempDir();
  const commit = async (path: string, content: string) => {
    await writeText(join(folder, path), content);
    const who = ["-c", "user.name=a", "-c", "user.email=a@b"];
    await git(folder, "add", ".");
    assert(await git(folder, ...who, "commit", "-q", "-m", path) !== undefined);
  };
  const first = "data/protocol.json";
  const second = "data/protocol_2.json";
  try {
    assertEquals(await hasHistory(folder), false);
    await git(folder, "init", "-q");
    await commit(first, "one");
    await commit(first, "two");
    assertEquals(await hasHistory(folder), true);
    assertEquals(await wrongOrder(folder, 1), undefined);
    await commit("data/results/study_east/rows.csv", "seed\n1\n");
    // A second protocol comes after results of the first, and may be edited still.
    await commit(second, "one");
    await commit(second, "two");
    await commit("data/results/study_east_2/rows.csv", "seed\n2\n");
    await commit("README.md", "more");
    for (const [version, file] of [[1, first], [2, second]] as const) {
      const wrong = () => wrongOrder(folder, version);
      assertEquals(await wrong(), undefined);
      await writeText(join(folder, file), "three");
      assert((await wrong())?.includes("is not that of the results"));
      await commit(file, "three");
      await commit(file, "two");
      assert((await wrong())?.includes("edits the protocol after"));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a result before any protocol is found", async () => {
  const folder = await Deno.makeTempDir();
  const who = ["-c", "user.name=a", "-c", "user.email=a@b"];
  try {
    await git(folder, "init", "-q");
    for (const path of ["README.md", "data/results/study_a/rows.csv"]) {
      await writeText(join(folder, path), path);
      await git(folder, "add", ".");
      await git(folder, ...who, "commit", "-q", "-m", path);
    }
    assert((await wrongOrder(folder, 1))?.includes("before any protocol"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
