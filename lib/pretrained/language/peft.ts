import { join } from "node:path";
import { writeText } from "../../data/files.ts";
import { writeSafetensors } from "../../data/safetensors.ts";
import { type Params } from "../../models/params.ts";
import { tf } from "../../tf/backend.ts";
import { assertKnown } from "../../tf/check.ts";
import { openSafetensors } from "../checkpoints/hub_folder.ts";
import { plainAlpha, plainLora } from "../checkpoints/plain_lora.ts";
import { readJson } from "../../data/read_json.ts";
import { readStored, type StoredTensor } from "../checkpoints/stored_tensor.ts";
import {
  alphaName,
  assertAdapters,
  blockOf,
  memberOf,
} from "../layers/lora.ts";
import { readDecoderConfig } from "./decoder_config.ts";
import { linearLayers, linearsOf } from "./decoder_layers.ts";

const [configFile, tensorFile] = [
  "adapter_config.json",
  "adapter_model.safetensors",
];

/** What PEFT puts before the name of a layer of the base. */
const prefix = "base_model.model.";

/**
 * Reads adapters that PEFT saved: `adapter_config.json` and `adapter_model.safetensors`
 * (F32, F16 or BF16). Plain LoRA only: what changes the arithmetic, such as
 * `use_rslora` or `use_dora`, is refused.
 *
 * @param folder The folder.
 * @param model The language model that they are for.
 * @returns Adapters of one member, which the caller disposes.
 * @throws {RangeError} If a file is damaged or asks for more than plain LoRA.
 * @throws {TypeError} If they do not fit the model, naming the first that does not.
 * @throws {Deno.errors.NotFound} If a file is missing.
 */
export async function readAdapters(
  folder: string,
  model: { readonly config: Record<string, unknown> },
): Promise<Params> {
  const path = join(folder, configFile);
  const alpha = plainAlpha(await readJson(path), path);
  const files: Deno.FsFile[] = [];
  const adapters: Params = {};
  try {
    const stored = await openSafetensors(join(folder, tensorFile), files);
    adapters[alphaName] = tf.tensor1d([alpha]);
    for (const [name, tensor] of inOrder(stored)) {
      adapters[name] = tf.tidy(() => tf.expandDims(readStored(tensor), 0));
    }
    assertAdapters(adapters, linearsOf(readDecoderConfig(model.config)), 1);
    return adapters;
  } catch (error) {
    tf.dispose(adapters);
    throw error;
  } finally {
    for (const file of files) file.close();
  }
}

/** Tensors by their names here, in the order of `initAdapters`: by block, then layer. */
function inOrder(
  stored: ReadonlyMap<string, StoredTensor>,
): [string, StoredTensor][] {
  const rank = (name: string): number => {
    const layer = linearLayers.findIndex((l) => name.includes(`.${l}.`));
    return blockOf(name) * linearLayers.length + layer;
  };
  return Array.from(stored, ([name, tensor]): [string, StoredTensor] => [
    name.startsWith(prefix) ? name.slice(prefix.length) : name,
    tensor,
  ]).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Whose adapters are written, and of what. */
export interface WriteAdaptersOptions {
  /** Which member; may be left out where there is but one. */
  member?: number;
  /** What the base is called, such as `"HuggingFaceTB/SmolLM2-135M"`; `""` when left out. */
  base?: string;
  /** Write them in half precision; they are rounded. */
  half?: boolean;
}

/**
 * Writes adapters as PEFT does, with PEFT's names and alpha, so that
 * `PeftModel.from_pretrained(base, folder)` opens them and {@linkcode readAdapters}
 * reads them back to the last bit, but for `half`. Each file is written all or nothing.
 *
 * @param folder The folder, which is made if it is missing.
 * @param adapters Adapters of M members.
 * @param options Which member, the base's name, and how precisely.
 * @throws {RangeError} If there is no such member, or there are several and none is
 * named.
 *
 * @example
 * ```ts
 * import {
 *   initAdapters,
 *   keys,
 *   loadLanguageModel,
 *   readAdapters,
 *   tf,
 *   writeAdapters,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const seeds = keys([1]);
 * const adapters = initAdapters(model, seeds, { rank: 2, alpha: 4 });
 * const folder = await Deno.makeTempDir();
 * await writeAdapters(folder, adapters);
 * const back = await readAdapters(folder, model);
 * assertEquals(await back.alpha.data(), Float32Array.of(4));
 * tf.dispose([seeds, adapters, back]);
 * model.dispose();
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeAdapters(
  folder: string,
  adapters: Params,
  options: WriteAdaptersOptions = {},
): Promise<void> {
  assertKnown("the options of writeAdapters", options, [
    ...["member", "base", "half"],
  ]);
  const { base = "", member, half } = options;
  const { alpha, factors } = tf.tidy(() => {
    const { [alphaName]: alpha, ...own } = memberOf(adapters, member);
    const factors = Object.entries(own)
      .map(([name, factor]) => [prefix + name, tf.squeeze(factor, [0])]);
    return { alpha, factors: Object.fromEntries(factors) as Params };
  });
  try {
    const names = Object.keys(factors);
    const first = names.find((name) => name.endsWith(".lora_A.weight"))!;
    const config = {
      ...plainLora,
      base_model_name_or_path: base,
      inference_mode: true,
      init_lora_weights: true,
      layers_to_transform: [...new Set(names.map(blockOf))],
      lora_alpha: (await alpha.data())[0],
      lora_dropout: 0,
      r: factors[first].shape[0],
      target_modules: linearLayers.filter((layer) =>
        names.some((name) => name.includes(`.${layer}.`))
      ),
      task_type: "CAUSAL_LM",
    };
    const path = join(folder, tensorFile);
    await writeSafetensors(path, factors, { format: "pt" }, { half });
    const text = JSON.stringify(config, null, 2);
    await writeText(join(folder, configFile), `${text}\n`);
  } finally {
    tf.dispose([alpha, factors]);
  }
}
