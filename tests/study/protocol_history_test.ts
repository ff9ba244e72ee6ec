import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { dataDir, root, writeText } from "../../lib/data/files.ts";
import { folderNames } from "../../lib/results/folders.ts";
import { readProtocol } from "../../lib/study/read_protocol.ts";
import { loadStudy, studyName } from "../../lib/study/confirmatory.ts";

const protocolFile = "data/protocol.json";
const confirmatory = `data/results/${studyName("*")}`;

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
async function wrongOrder(folder: string): Promise<string | undefined> {
  const [first] = await commits(
    ...[folder, "--diff-filter=A", "--", confirmatory] as const,
  );
  if (!first) return undefined;
  const before = await git(folder, "show", `${first}^:${protocolFile}`);
  if (before === undefined) return `${first} has results before any protocol`;
  const [edit] = await commits(folder, `${first}..HEAD`, "--", protocolFile);
  if (edit) return `${edit} edits the protocol after the results of ${first}`;
  const now = await Deno.readTextFile(join(folder, protocolFile));
  return now === before
    ? undefined
    : `the protocol is not that of the results of ${first}`;
}

const known = await hasHistory(root);
Deno.test({
  name: known
    ? "the protocol was not edited after its first confirmatory result"
    : "the protocol was not edited after its first confirmatory result (skipped: no whole git history)",
  ignore: !known,
  async fn() {
    assertEquals(await wrongOrder(root), undefined);
  },
});

Deno.test("all kept confirmatory results are of the protocol that is there", async () => {
  const protocol = await readProtocol();
  const kept = await folderNames(join(dataDir, "results"));
  for (const track of Object.keys(protocol.tracks)) {
    assert(kept.includes(studyName(track)), track);
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
  const result = "data/results/study_east/rows.csv";
  try {
    assertEquals(await hasHistory(folder), false);
    await git(folder, "init", "-q");
    await commit(protocolFile, "one");
    await commit(protocolFile, "two");
    assertEquals(await hasHistory(folder), true);
    assertEquals(await wrongOrder(folder), undefined);
    await commit(result, "seed\n1\n");
    await commit("README.md", "more");
    assertEquals(await wrongOrder(folder), undefined);
    await writeText(join(folder, protocolFile), "three");
    assert((await wrongOrder(folder))?.includes("is not that of the results"));
    await commit(protocolFile, "three");
    await commit(protocolFile, "two");
    assert((await wrongOrder(folder))?.includes("edits the protocol after"));
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
    assert((await wrongOrder(folder))?.includes("before any protocol"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
