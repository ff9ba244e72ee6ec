/**
 * Everything that reads a file that somebody else wrote, each with a file to damage and
 * a check of what is read.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { openWeights } from "../../lib/pretrained/checkpoints/weights.ts";
import { loadTokenizer } from "../../lib/pretrained/language/tokenizer.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { readCheckpoint, writeCheckpoint } from "../../lib/train/checkpoint.ts";

/** What was read, as text by name: equal texts, equal content. */
export type Content = Record<string, string>;

/** A reader of a file. */
export interface FileReader {
  /** Makes a folder of whole files. */
  prepare(folder: string): Promise<void>;
  /** The file in it that is damaged. */
  readonly file: string;
  /** Whether the content is of tensors, which a bit of the file belongs to one of. */
  readonly holdsTensors?: boolean;
  /** Reads the folder; fails with an error that is no RangeError if what it got is wrong. */
  read(folder: string): Promise<Content>;
}

const fixtures = fileURLToPath(
  new URL("../pretrained/fixtures/", import.meta.url),
);
const python = fileURLToPath(
  new URL("../data/fixtures/python.safetensors", import.meta.url),
);

const copy = (from: string) => async (folder: string) => {
  for await (const { name } of Deno.readDir(join(fixtures, from))) {
    await Deno.copyFile(join(fixtures, from, name), join(folder, name));
  }
};
const copyOne = (name: string) => (folder: string) =>
  Deno.copyFile(join(fixtures, name), join(folder, name));

/** The shapes of the whole files' tensors, by folder or file. */
const shapes: Record<string, Record<string, number[]>> = {
  dtypes: {
    ...{ f32: [2, 3], f16: [2, 3], bf16: [2, 3], scalar: [], empty: [0, 4] },
    ...{ i32: [3], i64: [1, 3] },
  },
  sharded: await shapesIn("sharded.json"),
  "llama.gguf": await shapesIn("gguf_files.json", "llama"),
  "qwen2.gguf": await shapesIn("gguf_files.json", "qwen2"),
};

async function shapesIn(name: string, model?: string) {
  const content = JSON.parse(await Deno.readTextFile(join(fixtures, name)));
  const tensors = model ? content[model].tensors : content;
  return Object.fromEntries(
    Object.entries<{ shape: number[] }>(tensors).map((
      [name, { shape }],
    ) => [name, shape]),
  );
}

async function textOf(tensor: Tensor): Promise<string> {
  const values = await tensor.data();
  if (values.length !== tensor.size) {
    throw new TypeError(`expected ${tensor.size} values, got ${values.length}`);
  }
  return `${tensor.dtype} [${tensor.shape}] ${values}`;
}

function weights(
  prepare: FileReader["prepare"],
  file: string,
  from: string,
): FileReader {
  return {
    ...{ prepare, file, holdsTensors: true },
    async read(folder) {
      const path = from.endsWith(".gguf") ? join(folder, from) : folder;
      const { read, close, config } = await openWeights(path);
      try {
        const content: Content = { config: JSON.stringify(config) };
        for (const [name, shape] of Object.entries(shapes[from])) {
          const tensor = await read(name, shape);
          content[name] = await textOf(tensor);
          tensor.dispose();
        }
        return content;
      } finally {
        close();
      }
    },
  };
}

const corpus: string[] = JSON.parse(
  await Deno.readTextFile(join(fixtures, "corpus.json")),
);

function tokenizer(file: string, prepare = copy("tokenizer")): FileReader {
  return {
    ...{ prepare, file },
    async read(folder) {
      const path = file.endsWith(".gguf") ? join(folder, file) : folder;
      const { encode, decode, chat, size, stops } = await loadTokenizer(path);
      const content: Content = {
        stops: [...stops].join(),
        chat: chat([{ role: "user", content: "hi" }]),
      };
      for (const text of corpus.slice(3, 14)) {
        const tokens = encode(text);
        if (!tokens.every((id) => Number.isInteger(id) && id < size)) {
          throw new TypeError(`expected tokens below ${size}, got ${tokens}`);
        }
        content[text] = `${tokens} ${decode(tokens)}`;
      }
      return content;
    },
  };
}

async function contentOf(tensors: Record<string, Tensor>): Promise<Content> {
  const content: Content = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    content[name] = await textOf(tensor);
  }
  tf.dispose(tensors);
  return content;
}

/** All readers, by name. */
export const readers: Readonly<Record<string, FileReader>> = {
  "safetensors of torch": weights(
    copy("dtypes"),
    "diffusion_pytorch_model.safetensors",
    "dtypes",
  ),
  "a shard": weights(
    copy("sharded"),
    "model-00002-of-00003.safetensors",
    "sharded",
  ),
  "an index": weights(
    copy("sharded"),
    "model.safetensors.index.json",
    "sharded",
  ),
  "config.json": weights(copy("sharded"), "config.json", "sharded"),
  "GGUF in blocks": weights(copyOne("llama.gguf"), "llama.gguf", "llama.gguf"),
  "GGUF in F32": weights(copyOne("qwen2.gguf"), "qwen2.gguf", "qwen2.gguf"),
  "the tokenizer of a GGUF": tokenizer(
    "tokenizer_smollm.gguf",
    copyOne("tokenizer_smollm.gguf"),
  ),
  "tokenizer.json": tokenizer("tokenizer.json"),
  "tokenizer_config.json": tokenizer("tokenizer_config.json"),
  "generation_config.json": tokenizer("generation_config.json"),
  "a chat template": tokenizer("chat_template.jinja"),
  "safetensors of the kit": {
    prepare: (folder) => Deno.copyFile(python, join(folder, "a.safetensors")),
    ...{ file: "a.safetensors", holdsTensors: true },
    async read(folder) {
      const { tensors } = await readSafetensors(join(folder, "a.safetensors"));
      return contentOf(tensors);
    },
  },
  "a checkpoint": {
    async prepare(folder) {
      const state = {
        "params/w": tf.ones([2, 3]),
        alive: tf.ones([1], "int32"),
      };
      const rows = { logs: [{ loss: 1 }], evaluations: [], shown: [] };
      await writeCheckpoint(
        join(folder, "checkpoint"),
        { iteration: 1, state, ...rows },
        "a run",
      );
      tf.dispose(state);
    },
    file: "checkpoint",
    async read(folder) {
      const read = await readCheckpoint(join(folder, "checkpoint"), "a run");
      return read ? contentOf(read.state) : {};
    },
  },
};
