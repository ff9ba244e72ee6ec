import { assertRejects } from "@std/assert";
import {
  adrpo,
  advantageWeighting,
  arm,
  flow,
  raft,
} from "../../lib/methods/mod.ts";
import { run } from "../../lib/experiments/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import {
  assertRefused,
  good,
  task,
  withBudget,
  withMeasure,
  withMethod,
  withReward,
  withTuned,
} from "./refused_experiments.ts";

Deno.test("a run refuses coefficients, seeds, names and sizes out of range", async () => {
  const grid = (...grid: number[]) => withMethod(adrpo(flow), grid);
  await assertRefused(RangeError, [
    ['beta0 of "ADRPO-FM" to be finite and not negative, got -1', grid(-1)],
    ['beta0 of "ADRPO-FM" to be finite and not negative, got NaN', grid(NaN)],
    ["got Infinity", grid(0.1, Infinity)],
    ['beta0 of "ADRPO-FM" to be finite and not negative, got none', grid()],
    [
      'values of beta0 of "ADRPO-FM" to differ, got "0.5" twice',
      grid(0.5, 0.5),
    ],
    ['seeds to differ, got "0" twice', { seeds: [0, 0] }],
    ["seeds to be integers from 0 to 2^31 - 1, got -1", { seeds: [-1] }],
    ["got 0.5", { seeds: [0.5] }],
    ['scale to be one of smoke, laptop, full, got "huge"', { scale: "huge" }],
    ['digits and _, got "A b"', { name: "A b" }],
    ['names of tasks to differ, got "door" twice', { tasks: [task, task] }],
    ['names of arms to differ, got "advantage weighting" twice', {
      arms: [arm(advantageWeighting, [1]), arm(advantageWeighting, [2])],
    }],
    ['"advantage weighting" to be on one of door, got "dor"', {
      arms: [arm(advantageWeighting, [1], { on: ["dor"] })],
    }],
    [
      "budget.updates to be a positive integer, got 0",
      withBudget({ updates: 0 }),
    ],
    ["budget.iterations", withBudget({ iterations: 1.5 })],
    ["budget.learningRate to be positive", withBudget({ learningRate: NaN })],
    ["budget.evaluationSamples", withBudget({ evaluationSamples: undefined })],
    ["tuned.learningRate to be positive", withTuned({ learningRate: 0 })],
    ["tuned.updates to be a positive integer", withTuned({ updates: 1.5 })],
  ]);
});

Deno.test("a run refuses what is missing, misspelt or of another type, and lists what there is", async () => {
  await assertRefused(TypeError, [
    [
      'the experiment to have only name, scale, tasks, arms, seeds, budget, xla, got "betas"',
      { betas: [1] },
    ],
    ["the budget to have only", withBudget({ perContexts: 4 })],
    ['got "perContexts"', withBudget({ perContexts: 4 })],
    ["the budget to be an object, got undefined", { budget: undefined }],
    ["tasks to be a list of at least one, got none", { tasks: [] }],
    ["tasks to be a list of at least one, got [object Object]", { tasks: {} }],
    ["arms to be a list of at least one, got undefined", { arms: undefined }],
    ["an arm to be an object, got undefined", { arms: [undefined] }],
    ['an arm to have only method, grid, on, tuned, got "betas"', {
      arms: [{ method: advantageWeighting, betas: [1] }],
    }],
    ["a method with a name and terms, got raft", {
      arms: [{ method: raft, grid: [1] }],
    }],
    ['the grid of "advantage weighting" to be a list of beta, got 0.5', {
      arms: [{ method: advantageWeighting, grid: 0.5 }],
    }],
    ['tuned to have only learningRate, updates, got "epochs"', {
      arms: [{ method: advantageWeighting, grid: [1], tuned: { epochs: 2 } }],
    }],
    ["a task to have a name", { tasks: [undefined] }],
    ['task "door" to have', { tasks: [{ ...task, measure: undefined }] }],
    ["got no measure", { tasks: [{ ...task, measure: undefined }] }],
    ["got no reward", withReward(undefined)],
    ["got no reward", withReward("graded")],
    ["got no reward", withReward({ score: () => {} })],
  ]);
  await assertRejects(
    () => run(good as never, { frehs: true } as never),
    TypeError,
    'the options of run to have only onProgress, observers, fresh, onTrained, got "frehs"',
  );
});

Deno.test("a run refuses measures that are not one value a member, by name", async () => {
  await assertRefused(TypeError, [
    [
      'measure of "door" to give "size" as a tensor of shape [2], one value a member, got [2,2]',
      withMeasure(() => ({ size: tf.ones([2, 2]) })),
    ],
    ["got []", withMeasure(() => ({ size: tf.scalar(1) }))],
    [
      '"size" as a tensor of shape [2], one value a member, got number',
      withMeasure(() => ({ size: 1 })),
    ],
    [
      "columns by name, such as { reward }, got a tensor",
      withMeasure(() => tf.ones([2])),
    ],
    ["got undefined", withMeasure(() => undefined)],
    ["got Promise", withMeasure(() => Promise.resolve({}))],
    ["got Array", withMeasure(() => [{ seed: 1 }])],
  ]);
});
