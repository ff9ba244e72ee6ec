import { join } from "node:path";
import { cacheDir } from "../setup/cache.ts";
import { registryModels } from "../setup/registry_models.ts";
import {
  type Benchmark,
  contenders,
  type Growth,
  type Target,
} from "./benchmarks.ts";
import { loading } from "./loading.ts";
import { type Effort } from "./measure.ts";

const { eager, graph, torch, bf16, torchBf16 } = contenders;

/** Where `deno task model smollm2` has the language model. */
export const smollm2: string = join(
  cacheDir(),
  "models/smollm2",
  registryModels.smollm2.main!,
);

/** Calls take seconds, so that a block is one, and few suffice. */
export const languageEffort: Effort = {
  warmUps: 0,
  repetitions: 3,
  blockSeconds: 0,
};

/** Op by op we write the draws that others repeat, and the values to compare with. */
export const inFloat32 = {
  contenders: [eager, graph, torch],
  untimed: eager,
  compared: 1,
};

/** A target for the time, and those for the first call and the memory. */
export const besideTorch = (most: number): Target[] => [
  { against: [torch], most },
  { against: [torch], most: 1.5, of: "first call" },
  { against: [torch], most: 1, of: "memory" },
];

const tokens = { promptTokens: 24, answerTokens: 16 };
const batch = 32;
const rank = 8;

/**
 * What is measured of a pretrained language model: 32 prompts of 24 tokens with answers
 * of 16; of GRPO, 8 answers to each of 4 prompts.
 *
 * @param path The model's folder in the hub's layout.
 */
export function languageBenchmarks(path: string): Benchmark[] {
  const lora = { kind: "lora_train", path, ...tokens, batch, rank } as const;
  return [
    {
      name: "(g) sample, SmolLM2",
      work: { kind: "lm_sample", path, ...tokens, batch },
      ...inFloat32,
      targets: besideTorch(0.75),
    },
    {
      name: "(g) LoRA step, SmolLM2",
      work: lora,
      ...inFloat32,
      targets: besideTorch(0.75),
    },
    {
      name: "(g) LoRA step, bf16",
      work: lora,
      ...inFloat32,
      contenders: [eager, bf16, torchBf16],
      targets: [{ against: [torchBf16], most: 0.8 }],
    },
    {
      name: "(g) GRPO, SmolLM2",
      work: {
        kind: "lm_grpo",
        ...{ path, ...tokens, contexts: 4, perContext: 8, rank, beta: 0.1 },
      },
      ...inFloat32,
      targets: besideTorch(0.7),
    },
  ];
}

/** The loading of the model, in the units of reading its file. */
export const loadingBenchmark: Pick<Benchmark, "name" | "targets"> = {
  name: "(g) load, SmolLM2",
  targets: [{ against: [loading.file], most: 2 }],
};

/** How the time and the memory of a step of low-rank adapters grow. */
export function languageGrowths(path: string): Growth[] {
  const step = { kind: "lora_train", path, ...tokens, batch: 4, rank } as const;
  return [
    {
      axis: "batch",
      sizes: [4, 8, 16],
      work: (batch) => ({ ...step, batch }),
    },
    {
      axis: "answer tokens",
      sizes: [16, 40, 104],
      work: (answerTokens) => ({ ...step, answerTokens }),
    },
    {
      axis: "rank",
      sizes: [2, 8, 32],
      work: (rank) => ({ ...step, rank }),
    },
  ];
}
