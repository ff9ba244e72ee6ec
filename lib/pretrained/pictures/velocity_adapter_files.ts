import { writeSafetensors } from "../../data/safetensors.ts";
import {
  headerLength,
  lengthBytes,
  metadataName,
} from "../../data/safetensors_header.ts";
import { mapParams, type Params } from "../../models/params.ts";
import { tf } from "../../tf/backend.ts";
import { assertKnown } from "../../tf/check.ts";
import { openSafetensors } from "../checkpoints/hub_folder.ts";
import { plainAlpha } from "../checkpoints/plain_lora.ts";
import { parseJson } from "../../data/read_json.ts";
import {
  readExactly,
  readStored,
  type StoredTensor,
} from "../checkpoints/stored_tensor.ts";
import {
  alphaName,
  assertAdapters,
  factorNames,
  memberOf,
} from "../layers/lora.ts";
import { type VelocityTransformer } from "./velocity_transformer.ts";

/** What pipelines of diffusers put before the names of the transformer. */
const prefix = "transformer.";

/** Where diffusers keeps what PEFT says of adapters: in the file's own metadata. */
const metadataKey = "lora_adapter_metadata";

/** How the name of the first factor of a change ends. */
const [downEnd] = factorNames("");

/**
 * Reads LoRA that diffusers saved (F32, F16 or BF16): by a pipeline's
 * `save_lora_weights`, with names such as
 * `transformer.transformer_blocks.0.attn.to_q.lora_A.weight`, or by a transformer's
 * `save_lora_adapter`, without the first word. Alpha is that of the file's metadata; in a
 * file without any it is the rank, as for diffusers. Plain LoRA only.
 *
 * @param path The file, such as `pytorch_lora_weights.safetensors`.
 * @param transformer The transformer that it is for.
 * @returns Adapters of one member, which the caller disposes.
 * @throws {RangeError} If the file is damaged or asks for more than plain LoRA.
 * @throws {TypeError} If it does not fit the transformer, naming the first that does
 * not.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function readVelocityAdapters(
  path: string,
  { linears }: Pick<VelocityTransformer, "linears">,
): Promise<Params> {
  const files: Deno.FsFile[] = [];
  const factors: Params = {};
  try {
    const stored = new Map(
      Array.from(
        await openSafetensors(path, files),
        ([name, tensor]) => [bare(name), tensor],
      ),
    );
    const alpha = readAlpha(files[0], path, stored);
    factors[alphaName] = tf.tensor1d([alpha]);
    const order: string[] = Object.keys(linears).flatMap(factorNames);
    for (const name of stored.keys()) {
      if (!order.includes(name)) {
        throw new TypeError(
          `Cannot read ${path}: "${name}" is of no linear layer of the transformer`,
        );
      }
    }
    for (const name of order.filter((name) => stored.has(name))) {
      factors[name] = tf.tidy(() =>
        tf.expandDims(readStored(stored.get(name)!), 0)
      );
    }
    assertAdapters(factors, linears, 1);
    return factors;
  } catch (error) {
    tf.dispose(factors);
    throw error;
  } finally {
    for (const file of files) file.close();
  }
}

/** A name without the pipeline's word for the transformer. */
const bare = (name: string) =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name;

/** The alpha that the metadata say, or else the rank. */
function readAlpha(
  file: Deno.FsFile,
  path: string,
  stored: ReadonlyMap<string, StoredTensor>,
): number {
  const { [metadataKey]: json } = readMetadata(file, path);
  if (json !== undefined) {
    const config = parseJson(json, `${metadataKey} of ${path}`);
    const entries = Object.entries(config)
      .map(([name, value]) => [bare(name), value]);
    return plainAlpha(Object.fromEntries(entries), path);
  }
  const ranks = new Set(
    Array.from(stored, ([name, { shape }]) => [name, shape[0]] as const)
      .filter(([name]) => name.endsWith(downEnd))
      .map(([, rank]) => rank),
  );
  if (ranks.size !== 1) {
    throw new RangeError(
      `Cannot read ${path}: expected one rank where there is no alpha, got [${[
        ...ranks,
      ]}]`,
    );
  }
  return [...ranks][0];
}

/** The metadata of a file whose header was checked when it was opened. */
function readMetadata(file: Deno.FsFile, path: string): Record<string, string> {
  const start = new Uint8Array(lengthBytes);
  readExactly({ file, path }, 0, start);
  const json = new Uint8Array(headerLength(start, file.statSync().size));
  readExactly({ file, path }, lengthBytes, json);
  return JSON.parse(new TextDecoder().decode(json))[metadataName] ?? {};
}

/**
 * Writes LoRA as pipelines of diffusers do: `pipeline.load_lora_weights(path)` and a
 * transformer's `load_lora_adapter(path)` open it, and {@linkcode readVelocityAdapters}
 * reads it back to the last bit. The file is written all or nothing.
 *
 * @param path The file.
 * @param adapters Adapters of M members.
 * @param options Which `member`; it may be left out where there is but one.
 * @throws {RangeError} If there is no such member, or there are several and none is
 * named.
 *
 * @example
 * ```ts
 * import {
 *   initVelocityAdapters,
 *   keys,
 *   loadVelocityTransformer,
 *   readVelocityAdapters,
 *   tf,
 *   writeVelocityAdapters,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/flux/transformer", `file://${Deno.cwd()}/`);
 * const flux = await loadVelocityTransformer(folder.pathname);
 * const adapters = tf.tidy(() =>
 *   initVelocityAdapters(flux, keys([0]), { rank: 2, alpha: 4 })
 * );
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await writeVelocityAdapters(path, adapters);
 * const read = await readVelocityAdapters(path, flux);
 * assertEquals(Object.keys(read), Object.keys(adapters));
 * tf.dispose([adapters, read]);
 * flux.dispose();
 * await Deno.remove(path);
 * ```
 */
export async function writeVelocityAdapters(
  path: string,
  adapters: Params,
  options: { member?: number } = {},
): Promise<void> {
  assertKnown("the options of writeVelocityAdapters", options, ["member"]);
  const { alpha, factors } = tf.tidy(() => {
    const { [alphaName]: alpha, ...own } = memberOf(adapters, options.member);
    return { alpha, factors: mapParams(own, (x) => tf.squeeze(x, [0])) };
  });
  try {
    const downs = Object.keys(factors).filter((name) => name.endsWith(downEnd));
    const config = {
      [`${prefix}lora_alpha`]: (await alpha.data())[0],
      [`${prefix}r`]: factors[downs[0]].shape[0],
      [`${prefix}target_modules`]: downs.map((name) =>
        name.slice(0, -downEnd.length)
      ),
    };
    const renamed = Object.entries(factors)
      .map(([name, factor]) => [prefix + name, factor]);
    await writeSafetensors(path, Object.fromEntries(renamed), {
      format: "pt",
      [metadataKey]: JSON.stringify(config, null, 2),
    });
  } finally {
    tf.dispose([alpha, factors]);
  }
}
