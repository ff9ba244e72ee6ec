import { type Work } from "./work.ts";

/** A piece of work that is timed. */
export interface TimedWork {
  readonly what: string;
  readonly work: Work;
  /** Who does not take part. */
  readonly without?: readonly string[];
  /** What a piece makes, to say how many a second. */
  readonly makes?: { readonly count: number; readonly unit: string };
}

const jax = ["JAX jit", "JAX scan"];
const mlp = { width: 128, batch: 256 };
const adrpo = { perContext: 32, sampleSteps: 10, updates: 2, beta0: 1 };

/**
 * What is timed on a GPU, small work first.
 *
 * @param members Of the populations.
 * @param scale What sizes are divided by.
 */
export function gpuWorks(
  members: readonly number[],
  scale: number,
): TimedWork[] {
  return [
    {
      what: "train step",
      work: { kind: "flow_train", ...mlp, members: 1 },
    },
    {
      what: "50-step sampler",
      work: { kind: "flow_sample", ...mlp, steps: 50 },
    },
    {
      what: "ADRPO-FM iteration",
      work: { kind: "adrpo_fm", ...adrpo, members: 1 },
    },
    ...[4096, 16384, 65536, 262144].map((n) => sampler(1, n / scale)),
    sampler(64, 1024 / scale),
    ...members.flatMap((members) => [
      population(members, scale),
      {
        what: `ADRPO-FM iteration, ${members} members`,
        work: { kind: "adrpo_fm", ...adrpo, members: members / scale } as const,
        without: ["PyTorch eager", "torch.compile", ...jax],
      },
    ]),
    {
      what: "conv 28x28 train step",
      work: { kind: "conv_train", side: 28, channels: 16, batch: 32 },
    },
  ];
}

/**
 * A step of low-rank adapters of a language model: 32 prompts of 24 tokens, answers of
 * 16, rank 8, on q and v. What takes long to compile comes after the rest.
 *
 * @param path The model.
 * @param scale What the batch is divided by.
 */
export function loraSteps(path: string, scale: number): TimedWork[] {
  const [batch, promptTokens, answerTokens] = [Math.ceil(32 / scale), 24, 16];
  const sizes = { path, batch, promptTokens, answerTokens, rank: 8 };
  const what = `LoRA step, ${batch} x (24 + 16) tokens`;
  const work = { kind: "lora_train", ...sizes } as const;
  const count = batch * (promptTokens + answerTokens);
  const makes = { count, unit: "tokens/s" };
  const others = ["ours, XLA loop", ...jax];
  const compiled = ["ours, XLA", "torch.compile"];
  const plain = ["ours, graph", "ours, eager", "PyTorch eager"];
  return [
    { what, work, makes, without: [...others, ...compiled] },
    { what: `${what}, XLA`, work, makes, without: [...others, ...plain] },
  ];
}

function sampler(members: number, samples: number): TimedWork {
  const batch = Math.round(samples);
  return {
    what: `50-step sampler, ${members} x ${batch}`,
    work: { kind: "flow_sample", width: 128, batch, steps: 50, members },
    makes: { count: members * batch, unit: "samples/s" },
  };
}

function population(members: number, scale: number): TimedWork {
  return {
    what: `train step, ${members} members`,
    work: {
      kind: "flow_train",
      width: 64,
      batch: 128,
      members: members / scale,
    },
    without: members > 1000 ? ["torch.compile"] : [],
  };
}
