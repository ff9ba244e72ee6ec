import { basename } from "node:path";
import type { Tensor } from "../../tf/backend.ts";
import type { CheckpointFiles } from "./checkpoint_files.ts";
import { openCTranslate2 } from "./ctranslate2.ts";
import { openGguf } from "./gguf.ts";
import { openHubFolder } from "./hub_folder.ts";
import { readStored } from "./stored_tensor.ts";

/** The tensors of a checkpoint, by name, read one at a time. */
export interface Weights {
  /** Where it came from, for messages. */
  readonly path: string;
  /** `config.json`, or what a file of another layout says in the names of `config.json`. */
  readonly config: Record<string, unknown>;
  /** The names of the tensors, in the hub's names. */
  readonly names: readonly string[];
  /**
   * Reads a tensor: its bytes alone, straight from the file.
   *
   * @param name Its name.
   * @param shape The shape that the model needs.
   * @returns A fresh tensor of float32, or int32 where the file holds integers, which
   * the caller disposes.
   * @throws {RangeError} If it is missing, has another shape, or cannot be read, naming
   * it.
   */
  read(name: string, shape: readonly number[]): Promise<Tensor>;
  /** Closes the files; nothing can be read after that. */
  close(): void;
}

/**
 * Opens a checkpoint: a folder in the hub's layout, with `config.json` and one or more
 * safetensors (`model*.safetensors` or `diffusion_pytorch_model*.safetensors`, with an
 * index where there are several); a GGUF file of the architectures llama, qwen2 and
 * qwen3; or the `model.bin` of a Whisper for CTranslate2: names, shapes and order of rows
 * become the hub's. Headers are read and checked here; values are read by
 * {@linkcode Weights.read}, a tensor at a time, so that no second copy of a model is
 * ever held. F16, BF16 and the blocks of GGUF (Q4_0, Q4_1, Q5_0, Q8_0, Q4_K, Q6_K)
 * become float32.
 *
 * @param path The folder, or the file `*.gguf` or `model.bin`.
 * @returns The checkpoint, which the caller closes.
 * @throws {RangeError} If a file is damaged or does not fit the others, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file, or no `config.json`.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, openWeights, tf, writeBytes, writeText } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const scale = tf.tensor1d([1, 2]);
 * await writeText(`${folder}/config.json`, `{ "hidden_size": 2 }`);
 * await writeBytes(`${folder}/model.safetensors`, await encodeSafetensors({ scale }));
 *
 * const weights = await openWeights(folder);
 * assertEquals(weights.config, { hidden_size: 2 });
 * const read = await weights.read("scale", [2]);
 * assertEquals(await read.array(), [1, 2]);
 *
 * weights.close();
 * tf.dispose([scale, read]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openWeights(path: string): Promise<Weights> {
  const { config, tensors, files } = await opener(path)(path);
  let closed = false;
  const fail = (name: string, reason: unknown, cause?: unknown): never => {
    throw new RangeError(`Cannot read "${name}" of ${path}: ${reason}`, {
      cause,
    });
  };
  return {
    path,
    config,
    names: [...tensors.keys()],
    // deno-lint-ignore require-await
    async read(name, shape) {
      const stored = tensors.get(name) ??
        fail(name, `expected one of its ${tensors.size} tensors`);
      if (closed) fail(name, "it is closed");
      if (`${stored.shape}` !== `${shape}`) {
        fail(name, `expected shape [${shape}], got [${stored.shape}]`);
      }
      try {
        return readStored(stored);
      } catch (cause) {
        return fail(
          name,
          cause instanceof Error ? cause.message : cause,
          cause,
        );
      }
    },
    close() {
      if (closed) return;
      closed = true;
      for (const file of files) file.close();
    },
  };
}

/** What opens a path, by its name. */
function opener(path: string): (path: string) => Promise<CheckpointFiles> {
  if (path.endsWith(".gguf")) return openGguf;
  return basename(path) === "model.bin" ? openCTranslate2 : openHubFolder;
}
