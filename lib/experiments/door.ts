import { contextIds } from "../data/context_ids.ts";
import { type Arm, lossOf } from "../methods/method.ts";
import { comparedBy, drawAnswers } from "../methods/iteration.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import {
  assertBroadcasts,
  assertFinite,
  assertKnown,
  assertPositive,
  assertPositiveInteger,
} from "../tf/check.ts";
import { foldIn, keys } from "../tf/random.ts";
import { type Budget, type Experiment, type Task } from "./experiment.ts";
import { parseScale } from "./scale.ts";
import { seedsOf } from "./sweep.ts";

const experimentNames = [
  ...["name", "scale", "tasks", "arms", "seeds", "budget", "xla"],
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
  const { name, scale, tasks, arms, seeds, budget } = experiment;
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new RangeError(
      `Expected the experiment's name to be of lower-case letters, digits and _, got "${name}"`,
    );
  }
  parseScale(scale);
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
  tasks.forEach(assertParts);
  assertOnce(
    "names of tasks",
    tasks.map(({ name, reference = "" }) => `${name} ${reference}`.trim()),
  );
  tasks.forEach((task) => seedsOf(task, experiment));
  assertOnce("names of arms", arms.map((arm) => arm?.method?.name));
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

/** Checks that a task has all that a run asks of it. */
function assertParts<Signals>(task: Task<Signals>): void {
  const { name, policy, reward, measure } = task ?? {};
  const parts = {
    name: typeof name === "string" && name !== "",
    policy: typeof policy?.draw === "function",
    reward: typeof reward === "function" ||
      (typeof reward?.score === "function" && !!reward.name),
    measure: typeof measure === "function",
  };
  const missing = Object.entries(parts).find(([, there]) => !there);
  if (missing) {
    throw new TypeError(
      `Expected ${
        name ? `task "${name}"` : "a task"
      } to have a name, a policy, a reward (a function, or a name and score) and measure, got no ${
        missing[0]
      }`,
    );
  }
}

function assertArm<Signals>(
  arm: Arm<Signals>,
  tasks: readonly string[],
): void {
  assertKnown("an arm", arm, ["method", "grid", "on", "tuned"]);
  const { method, grid, on = [], tuned = {} } = arm;
  assertKnown("tuned", tuned, ["learningRate", "updates"]);
  const { learningRate, updates } = tuned;
  if (learningRate !== undefined) {
    assertPositive("tuned.learningRate", learningRate);
  }
  if (updates !== undefined) assertPositiveInteger("tuned.updates", updates);
  if (typeof method?.terms !== "function" || !method.name) {
    throw new TypeError(
      `Expected an arm to have a method with a name and terms, got ${
        method?.name ?? typeof method
      }`,
    );
  }
  const { name, coefficient, positive } = method;
  if (!Array.isArray(grid)) {
    throw new TypeError(
      `Expected the grid of "${name}" to be a list of ${coefficient}, got ${grid}`,
    );
  }
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
  const own = arms.filter(({ on }) => !on || on.includes(name));
  const c = contextIds(policy.contexts, budget.perContext);
  const zero = tf.scalar(0, "int32");
  const params = policy.init(1);
  const tensors: unknown[] = [c, zero, params];
  try {
    const sample = named(
      `in the policy of "${name}"`,
      () =>
        tf.tidy(() =>
          drawAnswers(
            {
              policy,
              method: arms[0].method,
              coefficient: zero,
              seeds: [0],
              budget,
            },
            { params },
            zero,
          )
        ),
    );
    tensors.push(sample);
    const rewards = typeof reward === "function"
      ? named(
        `in the reward of "${name}"`,
        () => tf.tidy(() => reward(sample.answers, c)),
      )
      : await reward.score(sample.answers, c);
    tensors.push(rewards);
    await assertRewards(name, rewards, sample.answers);
    for (const { method, grid } of own) {
      named(`in "${method.name}" on "${name}"`, () =>
        tf.tidy(() => {
          const key = keys([0]);
          const coefficient = tf.fill([1, 1, 1], grid[0]);
          const byPrompt = [1, policy.contexts, budget.perContext];
          const memory = method.start?.(
            coefficient,
            task.startRewards,
            policy.contexts,
          ) ?? {};
          const terms = method.terms(
            coefficient,
            tf.reshape(rewards, byPrompt),
            memory,
            sample,
          );
          assertBroadcasts("beta", terms.beta, byPrompt);
          const compared = comparedBy(method, {
            params,
            reference: method.anchor && params,
          });
          const anchor = policy.anchor?.(sample, foldIn(key, 1), compared) ??
            {};
          const loss = lossOf(terms, policy.signals(params, sample, anchor));
          assertLoss(loss, policy.contexts);
          policy.reduce(loss, sample);
        }));
    }
  } finally {
    tf.dispose(tensors as Tensor[]);
  }
}

/**
 * Says where an error comes from, at the end of its message.
 *
 * @param where Such as `in "GRPO" on "digit sums"`.
 * @param make What may throw.
 * @returns What it makes.
 */
export function named<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error) error.message += `, ${where}`;
    throw error;
  }
}

/**
 * Checks that there is one finite reward for each answer.
 *
 * @param name The task's name.
 * @param rewards What its reward gave.
 * @param answers `[M, N, ...]`.
 * @throws {TypeError} If the shape is not `[M, N]`.
 * @throws {RangeError} If a value is not finite.
 */
export async function assertRewards(
  name: string,
  rewards: Tensor,
  answers: Tensor,
): Promise<void> {
  const expected = answers.shape.slice(0, 2);
  if (rewards?.dtype !== "float32" || `${rewards.shape}` !== `${expected}`) {
    throw new TypeError(
      `Expected the reward of "${name}" to be float32 of shape [${expected}] for answers [${answers.shape}], got ${
        rewards?.shape ? `${rewards.dtype} [${rewards.shape}]` : typeof rewards
      }`,
    );
  }
  await assertFinite(`the reward of "${name}"`, rewards);
}

function assertLoss(loss: Tensor, contexts: number): void {
  if (loss.rank < 3 || loss.shape[1] !== contexts) {
    throw new TypeError(
      `Expected the loss to have a value for each answer, [M, ${contexts}, K], or for each token, [M, ${contexts}, K, T], got [${loss.shape}]`,
    );
  }
}
