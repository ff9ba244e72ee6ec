import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { assertRoom } from "./disk_room.ts";
import { heartbeat } from "./heartbeat.ts";

/** A model of the hub, at one of its commits. */
export interface HubModel {
  /** `owner/name`. */
  readonly repository: string;
  /** A commit (40 hexadecimal digits), a tag or a branch. */
  readonly revision: string;
}

/** A file of a model, with what it must be. */
interface HubFile {
  readonly name: string;
  readonly size: number;
  /** Of the content, for a large file; else of git's blob, by SHA-1. */
  readonly sha256?: string;
  readonly blob: string;
}

/** The files that a model is loaded from: no code, no pickles, no other formats. */
const wanted = /\.(safetensors|json|jinja)$/;
const hub = "https://huggingface.co";

/**
 * Reads `owner/name@revision`; the revision is `main`, if none is said.
 *
 * @throws {RangeError} If it is no such name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseHubModel } from "./hub_models.ts";
 *
 * const model = { repository: "Qwen/Qwen3-0.6B", revision: "main" };
 * assertEquals(parseHubModel("Qwen/Qwen3-0.6B"), model);
 * ```
 */
export function parseHubModel(text: string): HubModel {
  const name = "[A-Za-z0-9][\\w.-]*";
  const [, repository, revision = "main"] =
    new RegExp(`^(${name}/${name})(?:@(${name}))?$`).exec(text) ?? [];
  if (repository) return { repository, revision };
  throw new RangeError(`Expected hub:OWNER/NAME@REVISION, got hub:${text}`);
}

/**
 * Asks the hub which commit a branch or a tag is at; a commit is itself.
 *
 * @param model The model.
 * @param fetch How to ask.
 * @returns The model at that commit.
 * @throws {Error} If the hub does not answer, or has no such model.
 */
export async function atCommit(
  model: HubModel,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<HubModel> {
  if (/^[0-9a-f]{40}$/.test(model.revision)) return model;
  const { sha } = await describe(model, fetch);
  return { ...model, revision: sha };
}

/**
 * Downloads a model's files: safetensors, JSON and templates. Each must have the size
 * and the hash that the hub states.
 *
 * @param model The model.
 * @param folder An empty folder for it.
 * @param fetch How to ask.
 * @throws {Error} If the hub does not answer, has no such model, it does not fit on the
 * disk, or a file is another than stated.
 */
export async function fetchHubModel(
  model: HubModel,
  folder: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<void> {
  const { files } = await describe(model, fetch);
  await assertRoom(folder, files.reduce((sum, { size }) => sum + size, 0));
  for (const file of files) {
    const url =
      `${hub}/${model.repository}/resolve/${model.revision}/${file.name}`;
    await heartbeat(
      `downloading ${file.name}, ${(file.size / 1e6).toFixed(1)} MB`,
      download(url, file, join(folder, file.name), fetch),
    );
  }
}

async function describe(
  { repository, revision }: HubModel,
  fetch: typeof globalThis.fetch,
): Promise<{ sha: string; files: HubFile[] }> {
  const url = `${hub}/api/models/${repository}/revision/${revision}?blobs=true`;
  const { sha, siblings } = await (await ask(url, fetch)).json();
  if (!/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) {
    throw new Error(`expected a description of a model from ${url}`);
  }
  const files = siblings.filter(({ rfilename }) => wanted.test(rfilename)).map(
    ({ rfilename: name, size, blobId: blob, lfs }): HubFile => {
      if (!isInside(name) || !Number.isSafeInteger(size)) {
        throw new Error(`expected a file's name and size, got "${name}"`);
      }
      return { name, size, blob, sha256: lfs?.sha256 };
    },
  );
  if (!files.some(({ name }) => name.endsWith(".safetensors"))) {
    throw new Error(`expected safetensors in ${repository}, got none`);
  }
  return { sha, files };
}

/** Whether a path stays in the folder it is given for. */
const isInside = (path: string) =>
  path.split("/").every((part) => !["", ".", ".."].includes(part)) &&
  !path.includes("\\");

async function ask(
  url: string,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new Error(`expected an answer from ${url}, got none: ${cause}`, {
      cause,
    });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`expected an answer from ${url}, got ${response.status}`);
}

async function download(
  url: string,
  { name, size, sha256, blob }: HubFile,
  path: string,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { write: true, createNew: true });
  const hash = sha256
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${size}\0`);
  const { body } = await ask(url, fetch);
  for await (const chunk of body ?? []) {
    hash.update(chunk);
    for (let done = 0; done < chunk.length;) {
      done += await file.write(chunk.subarray(done));
    }
  }
  const found = hash.digest("hex");
  if (found !== (sha256 ?? blob)) {
    throw new Error(
      `expected ${name} with hash ${sha256 ?? blob}, got ${found}`,
    );
  }
}
