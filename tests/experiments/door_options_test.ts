import { assertEquals, assertThrows } from "@std/assert";
import {
  ablation,
  adrpo,
  advantageWeighting,
  arm,
  clippedAdrpo,
  fixedBeta,
  flow,
  orwCfmW2,
  raft,
  tokens,
} from "../../lib/methods/mod.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { tokenPolicy } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { mixtureTask, sumTask } from "../../lib/tracks/mod.ts";
import { model, reference } from "./small_task.ts";

Deno.test("options that nobody reads are refused where they are given", () => {
  const { gold, ...options } = { gold: 1, name: "own" };
  const refused: [string, () => unknown][] = [
    [
      'the options of raft to have only keep, centred, got "kept"',
      () => raft(flow, { kept: 8 } as never),
    ],
    [
      'the options of tokens to have only kl, advantages, epsilon, variant, got "klx"',
      () => tokens({ klx: 1 } as never),
    ],
    [
      'the options of orwCfmW2 to have only tau, centred, got "beta"',
      () => orwCfmW2({ tau: 1, beta: 1 } as never),
    ],
    [
      'the options of adrpo to have only clip, name, look, got "clipped"',
      () => adrpo(flow, { clipped: 1 } as never),
    ],
    [
      'the options of fixedBeta to have only name, look, got "gold"',
      () => fixedBeta(flow, { ...options, gold } as never),
    ],
    [
      'the options of ablation to have only signal, beta, look, got "gold"',
      () => ablation(flow, "own", { beta: (A: Tensor) => A, gold } as never),
    ],
    [
      'the options of arm to have only on, tuned, got "only"',
      () => arm(advantageWeighting, [1], { only: ["a"] } as never),
    ],
    [
      'the options of flowPolicy to have only sampleSteps, got "steps"',
      () => flowPolicy({ model, reference }, { steps: 1 } as never),
    ],
    [
      "the options of tokenPolicy to have only",
      () => tokenPolicy({ model, reference, promts: [] } as never),
    ],
    [
      'the options of mixtureTask to have only name, title, honest, heldOut, got "gold"',
      () => mixtureTask((x1) => x1, {}, { ...options, gold } as never),
    ],
    [
      'the options of sumTask to have only name, title, start, sums, heldOut, got "gold"',
      () => sumTask((x1) => x1, {}, { ...options, gold } as never),
    ],
    [
      "the options of raft to be an object, got undefined",
      () => (raft as (...args: unknown[]) => unknown)(flow),
    ],
    [
      'reward to be a function of samples and contexts, such as mixtureRewards.graded, got "graded"',
      () => mixtureTask("graded" as never, {}, options),
    ],
    [
      "reward to be a function of completions and contexts, got undefined",
      () => sumTask(undefined as never, {}, options),
    ],
  ];
  const before = tf.memory().numTensors;
  for (const [message, make] of refused) {
    assertThrows(make, TypeError, message);
  }
  assertThrows(() => clippedAdrpo(flow, -1), RangeError, "k to be positive");
  assertEquals(tf.memory().numTensors, before);
});
