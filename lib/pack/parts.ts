import { createHash } from "node:crypto";
import { join } from "node:path";

/** A part of an archive, or a file in it, as `manifest.json` lists them. */
export interface Entry {
  /** Its name, or its path in the archive. */
  readonly name: string;
  /** Its size. */
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Cuts a stream into files `part.001`, `part.002`, ... of a size; the last is smaller.
 *
 * @param stream The bytes.
 * @param options The `folder`, which is there, and the `size` of a part, in bytes.
 * @returns The parts, in order.
 * @throws {RangeError} If the size is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeParts } from "./parts.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const parts = await writeParts(new Blob(["abcde"]).stream(), { folder, size: 2 });
 * assertEquals(parts.map(({ bytes }) => bytes), [2, 2, 1]);
 * ```
 */
export async function writeParts(
  stream: ReadableStream<Uint8Array>,
  { folder, size }: { folder: string; size: number },
): Promise<Entry[]> {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Expected size to be a positive integer, got ${size}`);
  }
  const parts: Entry[] = [];
  let part = await open(folder, 1);
  const close = () => {
    const { name, bytes } = part;
    part.file.close();
    parts.push({ name, bytes, sha256: part.hash.digest("hex") });
  };
  for await (let chunk of stream) {
    while (chunk.length > 0) {
      if (part.bytes === size) {
        close();
        part = await open(folder, parts.length + 1);
      }
      const piece = chunk.subarray(0, size - part.bytes);
      await writeAll(part.file, piece);
      part.hash.update(piece);
      part.bytes += piece.length;
      chunk = chunk.subarray(piece.length);
    }
  }
  close();
  return parts;
}

/**
 * Lists the files under a folder with their hashes. Links are not followed.
 *
 * @param folder The folder.
 * @returns The files, named by their paths in the folder.
 * @throws {TypeError} If a path has a character that `unpack.sh` cannot read.
 */
export async function hashFiles(folder: string): Promise<Entry[]> {
  const files: Entry[] = [];
  const walk = async (below: string) => {
    for await (
      const { name, isFile, isDirectory } of Deno.readDir(join(folder, below))
    ) {
      const path = below ? `${below}/${name}` : name;
      if (isDirectory) await walk(path);
      if (!isFile) continue;
      if (JSON.stringify(path) !== `"${path}"`) {
        throw new TypeError(`Expected a path without quotes, got ${path}`);
      }
      const hash = createHash("sha256");
      const file = await Deno.open(join(folder, path));
      let bytes = 0;
      for await (const chunk of file.readable) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      files.push({ name: path, bytes, sha256: hash.digest("hex") });
    }
  };
  await walk("");
  return files.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Writes a manifest as JSON with an entry a line, so that a shell can read it.
 *
 * @param about What is packed.
 * @param lists The `parts` and the `files`.
 */
export function manifest(
  about: Record<string, string>,
  { parts, files }: { parts: readonly Entry[]; files: readonly Entry[] },
): string {
  const list = (kind: string, entries: readonly Entry[]) =>
    entries.map(({ name, bytes, sha256 }) =>
      JSON.stringify({ [kind]: name, bytes, sha256 })
    ).join(",\n");
  return `{"about":${JSON.stringify(about)},
"parts":[
${list("part", parts)}
],
"files":[
${list("file", files)}
]}
`;
}

async function open(folder: string, number: number) {
  const name = `part.${`${number}`.padStart(3, "0")}`;
  const options = { write: true, createNew: true } as const;
  const file = await Deno.open(join(folder, name), options);
  return { name, file, bytes: 0, hash: createHash("sha256") };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}
