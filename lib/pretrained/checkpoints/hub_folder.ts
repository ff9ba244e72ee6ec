import { join } from "node:path";
import {
  headerLength,
  isStrings,
  lengthBytes,
  parseHeader,
  type SafetensorsHeader,
} from "../../data/safetensors_header.ts";
import type { CheckpointFiles } from "./checkpoint_files.ts";
import { encodings } from "./encodings.ts";
import { readJson } from "../../data/read_json.ts";
import { readExactly, type StoredTensor } from "./stored_tensor.ts";

/** What a checkpoint's file may be called: by transformers, by diffusers. */
const stems = ["model", "diffusion_pytorch_model"];

/** The bytes of a value of each dtype of the format, readable here or not. */
const widths: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, I16: 2, U16: 2, F16: 2 },
  ...{ BF16: 2, I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8 },
};

/**
 * Opens a folder in the hub's layout: `config.json` and safetensors, one file or
 * several with an index. Headers are read and checked, values are not read.
 *
 * @param folder The folder.
 * @returns What is in it; the caller closes the files.
 * @throws {RangeError} If a file is damaged or does not fit the others, naming it.
 * @throws {Deno.errors.NotFound} If there is no such folder, or no `config.json` in it.
 */
export async function openHubFolder(folder: string): Promise<CheckpointFiles> {
  const config = await readJson(join(folder, "config.json"));
  const there = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) there.add(name);
  const name = checkpointName(folder, there);
  const files: Deno.FsFile[] = [];
  try {
    const tensors = name.endsWith(".json")
      ? await openShards(folder, name, there, files)
      : await openSafetensors(join(folder, name), files);
    return { config, tensors, files };
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

/** The file that leads to all tensors; a variant such as `.fp16` if it is the only one. */
function checkpointName(folder: string, there: ReadonlySet<string>): string {
  const usual = stems.flatMap((stem) => [
    `${stem}.safetensors`,
    `${stem}.safetensors.index.json`,
  ]);
  const found = usual.filter((name) => there.has(name));
  const others = [...there].filter((name) => variant.test(name));
  const [name, ...rest] = found.length > 0 ? found : others;
  if (!name || (found.length === 0 && rest.length > 0)) {
    throw new RangeError(
      `Cannot open ${folder}: expected one of ${usual.join(", ")}, got ${
        others.join(", ") || "none"
      }`,
    );
  }
  return name;
}

const variant = new RegExp(
  `^(${
    stems.join("|")
  })\\.([^.]+\\.safetensors|safetensors\\.index\\.[^.]+\\.json)$`,
);

async function openShards(
  folder: string,
  name: string,
  there: ReadonlySet<string>,
  files: Deno.FsFile[],
): Promise<Map<string, StoredTensor>> {
  const path = join(folder, name);
  const { weight_map: shards } = await readJson(path);
  if (!isStrings(shards)) {
    throw new RangeError(`Cannot read ${path}: expected a weight_map of names`);
  }
  const opened = new Map<string, Map<string, StoredTensor>>();
  const tensors = new Map<string, StoredTensor>();
  for (const [tensor, shard] of Object.entries(shards)) {
    if (!there.has(shard)) {
      throw new RangeError(
        `Cannot read ${path}: expected "${tensor}" in a file of its folder, got "${shard}"`,
      );
    }
    if (!opened.has(shard)) {
      opened.set(shard, await openSafetensors(join(folder, shard), files));
    }
    const stored = opened.get(shard)!.get(tensor);
    if (!stored) {
      throw new RangeError(
        `Cannot read ${path}: expected "${tensor}" in ${shard}, got none there`,
      );
    }
    tensors.set(tensor, stored);
  }
  return tensors;
}

/**
 * Opens a safetensors file: its header is read and checked.
 *
 * @param path The file.
 * @param files Gets the open file, which the caller closes, on errors too.
 * @returns Where each tensor is.
 * @throws {RangeError} If the file is damaged, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function openSafetensors(
  path: string,
  files: Deno.FsFile[],
): Promise<Map<string, StoredTensor>> {
  const file = await Deno.open(path);
  files.push(file);
  const { header, dataStart } = readHeader(file, path);
  return new Map(
    Array.from(header.tensors, ([name, { dtype, shape, data_offsets }]) => [
      name,
      {
        ...{ path, file, dtype, shape, encoding: encodings[dtype] },
        offset: dataStart + data_offsets[0],
      },
    ]),
  );
}

function readHeader(
  file: Deno.FsFile,
  path: string,
): { header: SafetensorsHeader; dataStart: number } {
  const { size } = file.statSync();
  const start = new Uint8Array(Math.min(lengthBytes, size));
  readExactly({ file, path }, 0, start);
  try {
    const json = new Uint8Array(headerLength(start, size));
    readExactly({ file, path }, lengthBytes, json);
    const dataStart = lengthBytes + json.length;
    return { header: parseHeader(json, size - dataStart, widths), dataStart };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new RangeError(`Cannot read ${path}: ${reason}`, { cause });
  }
}
