import { join } from "node:path";
import { root } from "../data/files.ts";
import { type Work } from "./work.ts";

const flow = { width: 8, batch: 6, members: 1 };
const captions = { prompts: 3, perContext: 2 };
const language = {
  vocabulary: 5,
  length: 4,
  width: 8,
  depth: 1,
  heads: 2,
  batch: 3,
};

const pretrained = {
  path: join(root, "tests/pretrained/fixtures/decoders/llama"),
  promptTokens: 4,
  answerTokens: 3,
};

const sd3 = {
  path: join(root, "tests/pretrained/fixtures/sd3"),
  side: 4,
  textTokens: 3,
  prompts: 2,
  perContext: 3,
};

/** Each kind of work at a size at which contenders are compared value by value. */
export const smallWorks: readonly Work[] = [
  { kind: "flow_train", ...flow },
  { kind: "flow_train", ...flow, members: 3 },
  { kind: "flow_sample", width: 8, batch: 6, steps: 5 },
  { kind: "conv_train", side: 8, channels: 2, batch: 3 },
  { kind: "gpt_train", ...language },
  { kind: "gpt_sample", ...language },
  { kind: "lora_train", ...pretrained, batch: 3, rank: 2 },
  { kind: "lm_sample", ...pretrained, batch: 3 },
  {
    kind: "lm_grpo",
    ...pretrained,
    contexts: 2,
    perContext: 3,
    rank: 2,
    beta: 0.1,
  },
  {
    kind: "adrpo_fm",
    perContext: 4,
    sampleSteps: 3,
    updates: 2,
    beta0: 1,
    members: 1,
  },
  {
    kind: "adrpo_fm",
    perContext: 4,
    sampleSteps: 3,
    updates: 2,
    beta0: 1,
    members: 3,
  },
  { kind: "adrpo_grpo", perContext: 32, beta0: 0.2, members: 1 },
  { kind: "adrpo_grpo", perContext: 32, beta0: 0.2, members: 3 },
  { kind: "joint_train", ...captions },
  { kind: "joint_sample", ...captions, steps: 3 },
  {
    ...{ kind: "joint_adrpo", ...captions },
    ...{ sampleSteps: 3, updates: 2, beta0: 0.1 },
  },
  { kind: "sd3_sample", ...sd3, steps: 3 },
  {
    ...{ kind: "sd3_adrpo", ...sd3, rank: 2 },
    ...{ sampleSteps: 3, updates: 2, beta0: 0.1 },
  },
];
