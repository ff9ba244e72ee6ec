import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

/** The families of audio language models among the fixtures. */
export const models = ["qwen2_audio", "qwen2_5_omni"];

/** The frames of the fixtures' two clips: a full window, and less than one. */
export const frames = [32, 23];

/** The folder of a model among the fixtures. */
export const folderOf = (name: string) =>
  fileURLToPath(new URL(`fixtures/audio/${name}`, import.meta.url));

/** What transformers made of a model of the fixtures, and of what; the caller disposes it. */
export const referenceOf = async (name: string) =>
  (await readSafetensors(`${folderOf(name)}/reference.safetensors`)).tensors;

/** Tokens as rows of numbers. */
export const rowsOf = (tokens: Tensor) => tokens.arraySync() as number[][];

/** Rows of numbers as tokens. */
export const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
