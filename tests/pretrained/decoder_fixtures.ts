import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { type Params } from "../../lib/models/params.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import {
  type LanguageModel,
  loadLanguageModel,
} from "../../lib/pretrained/language/language_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal } from "../../lib/tf/random.ts";

/** The families that `fixtures/decoders.py` writes. */
export const families = ["llama", "qwen2", "qwen3"] as const;

/** The path of a family's model, or of a file beside it. */
export function fixture(family: string, file = ""): string {
  const url = new URL(`./fixtures/decoders/${family}/${file}`, import.meta.url);
  return fileURLToPath(url);
}

/** Runs a test on the model of a family and on what the references say of it. */
export async function withModel(
  family: string,
  body: (
    model: LanguageModel,
    reference: Record<string, Tensor>,
  ) => void | Promise<void>,
): Promise<void> {
  const before = tf.memory().numTensors;
  const path = fixture(family, "reference.safetensors");
  const { tensors } = await readSafetensors(path);
  const model = await loadLanguageModel(fixture(family));
  try {
    await body(model, tensors);
  } finally {
    tf.dispose(tensors);
    model.dispose();
  }
  assertEquals(tf.memory().numTensors, before, "leaked");
}

/** Asserts that values agree up to `tolerance * max(1, |expected|)`. */
export async function closeTo(
  got: Tensor,
  expected: Tensor,
  tolerance: number,
  name = "values",
): Promise<void> {
  assertEquals(got.shape, expected.shape, name);
  const [x, y] = [await got.data(), await expected.data()];
  for (const [i, value] of y.entries()) {
    const error = Math.abs(x[i] - value) / Math.max(1, Math.abs(value));
    // Written so that a NaN does not pass.
    assert(error <= tolerance, `${name}: ${x[i]} for ${value} at ${i}`);
  }
}

/** Adapters of M members as they are after some training: no factor is zero. */
export function trainedAdapters(
  model: LanguageModel,
  { members = 1, targets }: { members?: number; targets?: string[] } = {},
): Params {
  return tf.tidy(() => {
    const seeds = keys(Array.from({ length: members }, (_, i) => i));
    const options = { rank: 3, alpha: 5, targets };
    const adapters = initAdapters(model, seeds, options);
    const names = Object.keys(adapters).filter((name) => name !== "alpha");
    for (const [i, name] of names.entries()) {
      const shape = adapters[name].shape.slice(1);
      adapters[name] = tf.mul(normal(foldIn(seeds, i), shape), 0.3);
    }
    return adapters;
  });
}
