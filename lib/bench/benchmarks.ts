import { type Work } from "./work.ts";

/** What a ratio should be at most: ours over that of the fastest of `against`. */
export interface Target {
  readonly against: readonly string[];
  readonly most: number;
  /** What is compared; times when left out. */
  readonly of?: "first call" | "memory";
}

/** One line of the benchmark. */
export interface Benchmark {
  readonly name: string;
  readonly work: Work;
  readonly targets: readonly Target[];
  /** The contenders that have no way of their own to do it. */
  readonly without?: readonly string[];
  /** The contenders that take part; all that compute in float32 when left out. */
  readonly contenders?: readonly string[];
  /** One of them whose values are compared, and whose time is not taken. */
  readonly untimed?: string;
  /** Iterations whose values are compared; 3 when left out. */
  readonly compared?: number;
}

/** How work grows along an axis. */
export interface Growth {
  readonly axis: string;
  /** In increasing order: the memory of a process is the most that it ever had. */
  readonly sizes: readonly number[];
  work(size: number): Work;
}

/** The names of all contenders, in the order of tables and figures. */
export const contenders = {
  tfjs: "tfjs eager",
  eager: "ours, eager",
  graph: "ours, graph",
  loop: "ours, loop",
  xla: "ours, XLA",
  xlaLoop: "ours, XLA loop",
  bf16: "ours, bf16 products",
  torch: "PyTorch eager",
  torchCompile: "torch.compile",
  torchBf16: "PyTorch bf16",
  jax: "JAX jit",
  jaxScan: "JAX scan",
} as const;

const { tfjs, eager, loop, xlaLoop, torch, torchCompile, jax, jaxScan } =
  contenders;

/** Those that compute in float32 throughout. */
export const float32Contenders: readonly string[] = Object.values(contenders)
  .filter((name) => !/bf16/.test(name));

/** A sampler is one call. */
const without = [loop, xlaLoop, jaxScan];

/** A first call without XLA takes at most this, in seconds. */
export const firstCallTarget = 0.2;

const inJax = [jax, jaxScan];
const small = (mostOfTorch: number): Target[] => [
  { against: [torch], most: mostOfTorch },
  { against: [tfjs], most: 0.15 },
  { against: inJax, most: 1.1 },
];
const computeBound: Target[] = [
  { against: [torch, torchCompile, ...inJax], most: 1.05 },
];
const online: Target[] = [{ against: [torch], most: 0.5 }];
const population: Target[] = [
  { against: [torch], most: 0.3 },
  { against: inJax, most: 1 },
];
/** At 100 members a call costs little beside what it does; compiled loops keep its state. */
const fewWays = [eager, loop, torchCompile];

const fmIteration = {
  kind: "adrpo_fm",
  perContext: 32,
  sampleSteps: 10,
  updates: 2,
  beta0: 1,
} as const;
const grpoIteration = {
  kind: "adrpo_grpo",
  perContext: 16,
  beta0: 0.2,
} as const;

const mlp = { batch: 256, members: 1 };
const language = {
  vocabulary: 16,
  length: 32,
  width: 64,
  depth: 2,
  heads: 4,
  batch: 32,
};

const captions = { prompts: 24 };
/** A transformer of two streams takes XLA minutes to compile. */
const slowToCompile = [contenders.xla, xlaLoop];

/** What is measured. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: "(a) train, MLP 128",
    work: { kind: "flow_train", width: 128, ...mlp },
    targets: small(0.6),
  },
  {
    name: "(a) sample, MLP 128",
    work: { kind: "flow_sample", width: 128, batch: 256, steps: 50 },
    without,
    targets: small(0.75),
  },
  {
    name: "(a) train, MLP 512",
    work: { kind: "flow_train", width: 512, ...mlp },
    targets: computeBound,
  },
  {
    name: "(a) sample, MLP 512",
    work: { kind: "flow_sample", width: 512, batch: 256, steps: 50 },
    without,
    targets: computeBound,
  },
  {
    name: "(b) train, conv 28x28",
    work: { kind: "conv_train", side: 28, channels: 16, batch: 32 },
    without: [xlaLoop, jaxScan], // XLA loops of convolutions take 30 times as long.
    targets: computeBound,
  },
  {
    name: "(c) train, 32 members",
    work: { kind: "flow_train", width: 64, batch: 128, members: 32 },
    targets: [],
  },
  {
    name: "(d) train, GPT",
    work: { kind: "gpt_train", ...language },
    targets: [],
  },
  {
    name: "(d) sample, GPT",
    work: { kind: "gpt_sample", ...language },
    without,
    targets: [{ against: inJax, most: 1 }],
  },
  {
    name: "(e) ADRPO-FM",
    work: { ...fmIteration, members: 1 },
    targets: online,
  },
  {
    name: "(e) ADRPO-GRPO",
    work: { ...grpoIteration, members: 1 },
    targets: online,
  },
  {
    name: "(f) ADRPO-FM, 100 members",
    work: { ...fmIteration, members: 100 },
    without: fewWays,
    targets: population,
  },
  {
    name: "(f) ADRPO-GRPO, 100 members",
    work: { ...grpoIteration, members: 100 },
    without: fewWays,
    targets: population,
  },
  {
    name: "(h) train, MMDiT",
    work: { kind: "joint_train", ...captions, perContext: 4 },
    without: [...slowToCompile, loop, ...inJax],
    targets: [{ against: [torch], most: 0.8 }],
  },
  {
    name: "(h) sample, MMDiT",
    work: { kind: "joint_sample", ...captions, perContext: 4, steps: 12 },
    without: [...slowToCompile, loop, ...inJax],
    targets: [{ against: [torch], most: 0.8 }],
  },
  {
    name: "(h) ADRPO-FM, MMDiT",
    work: {
      ...{ kind: "joint_adrpo", ...captions, perContext: 8 },
      ...{ sampleSteps: 10, updates: 2, beta0: 0.1 },
    },
    without: [...slowToCompile, loop, ...inJax],
    targets: [{ against: [torch], most: 0.7 }],
  },
];

/** How the time of a training step grows. */
export const growths: readonly Growth[] = [
  {
    axis: "batch",
    sizes: [32, 128, 512, 2048],
    work: (batch) => ({ kind: "flow_train", width: 128, batch, members: 1 }),
  },
  {
    axis: "width",
    sizes: [32, 128, 512],
    work: (width) => ({ kind: "flow_train", width, batch: 256, members: 1 }),
  },
  {
    axis: "members",
    sizes: [1, 4, 16, 64],
    work: (members) => ({ kind: "flow_train", width: 64, batch: 128, members }),
  },
];
