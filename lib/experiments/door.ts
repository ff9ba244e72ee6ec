import { contextIds } from "../data/context_ids.ts";
import { type Arm, lossOf } from "../methods/method.ts";
import { drawAnswers } from "../methods/online.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertFinite,
  assertPositive,
  assertPositiveInteger,
} from "../tf/check.ts";
import { foldIn, keys } from "../tf/random.ts";
import { type Budget, type Experiment, type Task } from "./experiment.ts";

/**
 * Refuses options that nobody reads, such as misspelt ones: cells of a notebook are
 * not type-checked.
 *
 * @param what Whose options they are.
 * @param options The options.
 * @param known The names of those there are.
 * @throws {TypeError} If one has another name; the message lists those there are.
 */
export function assertKnown(
  what: string,
  options: object,
  known: readonly string[],
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Expected ${what} to be an object, got ${options}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Expected ${what} to have only ${known.join(", ")}, got "${unknown}"`,
    );
  }
}

const experimentNames = [
  ...["name", "scale", "tasks", "arms", "seeds", "budget"],
];
const counts = ["iterations", "evaluateEvery", "evaluationSamples"] as const;
const perIteration = ["perContext", "updates"] as const;
const sizes = ["learningRate", "clipNorm", "divergedAbove"] as const;

/**
 * Checks at the door of a run, once, what the hot loop does not: that coefficients
 * are in range, that names tell tasks and arms apart, that a reward gives one finite
 * value for each answer of the reference, and that a method's loss has one value for
 * each answer or token.
 *
 * @param experiment What is to run.
 * @throws {RangeError} If a value is out of range, or a name comes twice.
 * @throws {TypeError} If something is missing, has another shape, or an unknown name.
 */
export async function assertRunnable<Signals>(
  experiment: Experiment<Signals>,
): Promise<void> {
  assertKnown("the experiment", experiment, experimentNames);
  const { tasks, arms, seeds, budget } = experiment;
  assertList("tasks", tasks);
  assertList("arms", arms);
  assertList("seeds", seeds);
  assertBudget(budget);
  for (const seed of seeds) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0x7fffffff) {
      throw new RangeError(
        `Expected seeds to be integers from 0 to 2^31 - 1, got ${seed}`,
      );
    }
  }
  assertOnce("seeds", seeds);
  assertOnce("names of tasks", tasks.map(({ name }) => name));
  assertOnce("names of arms", arms.map(({ method }) => method?.name));
  arms.forEach((arm) => assertArm(arm, tasks.map(({ name }) => name)));
  for (const task of tasks) await assertTask(task, experiment);
}

function assertList(name: string, list: readonly unknown[]): void {
  if (!Array.isArray(list) || list.length === 0) {
    throw new TypeError(
      `Expected ${name} to be a list of at least one, got ${
        Array.isArray(list) ? "none" : list
      }`,
    );
  }
}

function assertOnce(what: string, values: readonly unknown[]): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) {
    throw new RangeError(`Expected ${what} to differ, got "${twice}" twice`);
  }
}

function assertBudget(budget: Budget): void {
  assertKnown("the budget", budget, [...counts, ...perIteration, ...sizes]);
  for (const name of [...counts, ...perIteration]) {
    assertPositiveInteger(`budget.${name}`, budget[name]);
  }
  for (const name of sizes) assertPositive(`budget.${name}`, budget[name]);
}

function assertArm<Signals>(
  { method, grid, on = [] }: Arm<Signals>,
  tasks: readonly string[],
): void {
  if (typeof method?.terms !== "function" || !method.name) {
    throw new TypeError(
      `Expected an arm to have a method with a name and terms, got ${
        method?.name ?? typeof method
      }`,
    );
  }
  const { name, coefficient, positive } = method;
  const wrong = grid.find((value) =>
    !(value >= 0 && value < Infinity) || (positive && value === 0)
  );
  if (grid.length === 0 || wrong !== undefined) {
    throw new RangeError(
      `Expected ${coefficient} of "${name}" to be finite and ${
        positive ? "positive" : "not negative"
      }, got ${wrong ?? "none"}`,
    );
  }
  assertOnce(`values of ${coefficient} of "${name}"`, grid);
  const unknown = on.find((task) => !tasks.includes(task));
  if (unknown !== undefined) {
    throw new RangeError(
      `Expected "${name}" to be on one of ${
        tasks.join(", ")
      }, got "${unknown}"`,
    );
  }
}

/** Rewards answers of the reference, and makes each method's loss of them, once. */
async function assertTask<Signals>(
  task: Task<Signals>,
  { arms, budget }: Experiment<Signals>,
): Promise<void> {
  const { name, policy, reward } = task;
  const { perContext } = budget;
  const key = keys([0]);
  const c = contextIds(policy.contexts, perContext);
  const params = policy.init(1);
  const online = { policy, method: arms[0].method, seeds: [0], budget };
  const zero = tf.scalar(0, "int32");
  const sample = tf.tidy(() =>
    drawAnswers({ ...online, coefficient: zero }, params, zero)
  );
  try {
    const rewards = typeof reward === "function"
      ? tf.tidy(() => reward(sample.answers, c))
      : await reward.score(sample.answers, c);
    try {
      const expected = sample.answers.shape.slice(0, 2);
      if (`${rewards?.shape}` !== `${expected}`) {
        throw new TypeError(
          `Expected the reward of "${name}" to be of shape [${expected}] for answers [${sample.answers.shape}], got ${
            rewards?.shape ? `[${rewards.shape}]` : typeof rewards
          }`,
        );
      }
      await assertFinite(`the reward of "${name}"`, rewards);
      for (const { method, grid, on } of arms) {
        if (on && !on.includes(name)) continue;
        tf.tidy(() => {
          const coefficient = tf.fill([1, 1, 1], grid[0]);
          const byPrompt = [1, policy.contexts, perContext];
          const memory = method.start?.(coefficient, task.startRewards) ?? {};
          const terms = method.terms(
            coefficient,
            tf.reshape(rewards, byPrompt),
            memory,
          );
          const anchor = policy.anchor?.(sample, foldIn(key, 1)) ?? {};
          const loss = lossOf(terms, policy.signals(params, sample, anchor));
          assertLoss(method.name, loss, policy.contexts);
        });
      }
    } finally {
      tf.dispose(rewards);
    }
  } finally {
    tf.dispose([key, c, params, zero, sample]);
  }
}

function assertLoss(name: string, loss: Tensor, contexts: number): void {
  if (loss.rank < 3 || loss.shape[1] !== contexts) {
    throw new TypeError(
      `Expected the loss of "${name}" to have a value for each answer, [M, ${contexts}, K], or for each token, [M, ${contexts}, K, T], got [${loss.shape}]`,
    );
  }
}
