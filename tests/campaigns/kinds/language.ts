// A language model.
import { type Experiment } from "../../../lib/experiments/mod.ts";
import { arm, grpo } from "../../../lib/methods/mod.ts";
import {
  tokenPolicy,
  type TokenSignals,
} from "../../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../../lib/tf/backend.ts";
import { keys } from "../../../lib/tf/random.ts";
import { smallGpt } from "../../models/small_gpt.ts";
import { budget } from "../../experiments/small_task.ts";

export default {
  name: "kind_language",
  scale: "smoke",
  tasks: [{
    name: "kind_language",
    policy: tokenPolicy({
      model: smallGpt,
      reference: smallGpt.init(keys([0])),
      prompts: [[4, 5], [5, 1]],
      length: 3,
      stop: 2,
    }),
    reward: (answers: Tensor) =>
      tf.mean(tf.cast(answers, "float32"), -1) as Tensor,
    measure: (params) => ({ size: tf.sum(params["output/kernel"], [1, 2]) }),
  }],
  arms: [arm(grpo(), [0.1, 0.4])],
  seeds: [0, 1],
  budget: { ...budget, iterations: 40 },
} satisfies Experiment<TokenSignals>;
