/**
 * Everything that reads a file that somebody else wrote, each with a file to damage and
 * a check of what is read.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeText } from "../../lib/data/files.ts";
import { readSafetensors } from "../../lib/data/safetensors.ts";
import { openWeights } from "../../lib/pretrained/checkpoints/weights.ts";
import { loadTokenizer } from "../../lib/pretrained/language/tokenizer.ts";
import { readWav } from "../../lib/pretrained/sound/wav.ts";
import { figure } from "../../lib/results/figure.ts";
import { loadFigure } from "../../lib/results/figure_files.ts";
import { loadExperiment } from "../../lib/results/kept_experiments.ts";
import { loadRun, saveRun } from "../../lib/results/kept_run.ts";
import { saveExperiment } from "../../lib/results/save_experiment.ts";
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
  /** The tensor of the file that one is a part of, where the file joins some. */
  storedAs?(name: string): string;
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
  "model.bin": await shapesOf("audio/whisper/model.safetensors"),
};

async function shapesOf(name: string) {
  const { tensors } = await readSafetensors(join(fixtures, name));
  const shapes = Object.entries(tensors).map(([name, { shape }]) =>
    [name, shape] as const
  );
  tf.dispose(tensors);
  return Object.fromEntries(shapes);
}

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
  const bytes = new Uint8Array(
    values.buffer,
    values.byteOffset,
    values.byteLength,
  );
  const hash = createHash("sha256").update(bytes).digest("hex");
  return `${tensor.dtype} [${tensor.shape}] ${hash}`;
}

function weights(
  prepare: FileReader["prepare"],
  file: string,
  from: string,
): FileReader {
  return {
    ...{ prepare, file, holdsTensors: true },
    async read(folder) {
      const path = file === from ? join(folder, file) : folder;
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

const rows = Array.from({ length: 3 }, (_, seed) => ({
  ...{ seed, method: "ADRPO-FM", reward: 0.1 + seed / 3, alive: true },
  entropy: seed === 1 ? NaN : 0.5,
}));

/** Of an experiment as it is kept. */
function kept(file: string): FileReader {
  return {
    async prepare(folder) {
      const config = { seeds: [0, 1, 2], beta: [0.1, 1] };
      const about = { experiment: "kept", scale: "smoke", config };
      const found = { rows, summary: rows, verdicts: [], figures: {} };
      await saveExperiment({ ...about, ...found }, { runs: folder });
    },
    file: `results/kept/${file}`,
    async read(folder) {
      return textsOf(await loadExperiment(join(folder, "results/kept")));
    },
  };
}

const textsOf = (value: object): Content =>
  Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, JSON.stringify(item)]),
  );

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
  "CTranslate2's model.bin": {
    ...weights(copy("audio/whisper"), "model.bin", "model.bin"),
    // Queries, keys and values are rows of one tensor, whose type is one byte.
    storedAs: (name) => name.replace(/\.[qkv]_proj\./, ".qkv."),
  },
  "GGUF in F32": weights(copyOne("qwen2.gguf"), "qwen2.gguf", "qwen2.gguf"),
  "the tokenizer of a GGUF": tokenizer(
    "tokenizer_smollm.gguf",
    copyOne("tokenizer_smollm.gguf"),
  ),
  "tokenizer.json": tokenizer("tokenizer.json"),
  "tokenizer_config.json": tokenizer("tokenizer_config.json"),
  "generation_config.json": tokenizer("generation_config.json"),
  "a chat template": tokenizer("chat_template.jinja"),
  "a WAV file": {
    ...{ prepare: copyOne("stereo.wav"), file: "stereo.wav" },
    read: async (folder) => textsOf(await readWav(join(folder, "stereo.wav"))),
  },
  "an experiment's config.json": kept("config.json"),
  "an experiment's rows": kept("rows.csv.gz"),
  "an experiment's summary": kept("summary.csv"),
  "a figure": {
    prepare: (folder) =>
      writeText(
        join(folder, "figure.json"),
        JSON.stringify(figure([{ x: [0, 1], y: [0, 1] }], { title: "Line" })),
      ),
    file: "figure.json",
    read: async (folder) =>
      textsOf(await loadFigure(join(folder, "figure.json"))),
  },
  "a run": {
    prepare: (folder) =>
      saveRun(join(folder, "run.json"), {
        ...{ experiment: "a_run", scale: "smoke", config: {}, rows, shown: [] },
        ...{ frontiers: [], tasks: {}, methods: {} },
      }),
    file: "run.json",
    read: async (folder) => textsOf(await loadRun(join(folder, "run.json"))),
  },
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
