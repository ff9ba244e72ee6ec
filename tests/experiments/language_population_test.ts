import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import { grpoArm } from "../../lib/experiments/language_arms.ts";
import { grpo } from "../../lib/experiments/language_methods.ts";
import { languageCorpora } from "../../lib/experiments/language_models.ts";
import {
  disposeTask,
  measureLanguage,
  shortcutTask,
  sumTask,
} from "../../lib/experiments/language_task.ts";
import {
  initOnlineLanguage,
  onlineLanguageStep,
} from "../../lib/experiments/online_language.ts";
import { trainPopulation } from "../../lib/experiments/population.ts";
import { runLanguageArms } from "../../lib/experiments/run_language_arms.ts";
import { type Scale } from "../../lib/experiments/scale.ts";
import { klK3 } from "../../lib/losses/divergences.ts";
import { tf } from "../../lib/tf/backend.ts";

const scale = "test" as Scale;
const budget = {
  iterations: 4,
  evaluateEvery: 2,
  perContext: 4,
  learningRate: 2e-3,
  clipNorm: 1,
  divergedAbove: 1e4,
};

async function forgetCheckpoints() {
  await Deno.remove(join(runsDir(scale), "checkpoints"), { recursive: true })
    .catch(() => {});
}

Deno.test("a population that is killed goes on to the rows of an unbroken one", async () => {
  const task = await sumTask();
  const beta = tf.tensor([0.1, 0.1], [2, 1, 1]);
  const method = grpo({ beta, kl: klK3 });
  const sweep = { settings: [{ beta: 0.1 }], seeds: [0, 1] };
  const trained = async (name: string, killAt: number) => {
    const result = await trainPopulation({
      scale,
      name,
      labels: { method: "GRPO" },
      sweep,
      state: initOnlineLanguage(task.start, { members: 2, method }),
      step: onlineLanguageStep(task.policy, {
        reward: task.reward,
        method,
        settings: 1,
        seeds: sweep.seeds,
        budget,
      }),
      budget,
      async evaluate(state, { iteration }) {
        if (iteration === killAt) throw new Error("killed");
        const norms = tf.tidy(() =>
          tf.sum(tf.abs(state["params/output/kernel"]), [1, 2])
        );
        const values = await norms.data();
        norms.dispose();
        return Array.from(values, (norm, member) => ({ member, norm }));
      },
    });
    tf.dispose(result.state);
    return { evaluations: result.evaluations, logs: result.logs };
  };
  await forgetCheckpoints();
  const unbroken = await trained("language unbroken", Infinity);
  await assertRejects(() => trained("language killed", 4), Error, "killed");
  assertEquals(await trained("language killed", Infinity), unbroken);
  await forgetCheckpoints();
  disposeTask(task);
  beta.dispose();
});

Deno.test("an arm's rows have its labels, what is exact, and the means between evaluations", async () => {
  const task = await sumTask();
  await forgetCheckpoints();
  const before = tf.memory().numTensors;
  const { rows, shown } = await runLanguageArms([task], [grpoArm([0.1, 1])], {
    scale,
    seeds: [0, 1, 2],
    budget,
  });
  assertEquals(tf.memory().numTensors, before);
  // Two settings of three seeds, measured at 0, 2 and 4.
  assertEquals(rows.length, 2 * 3 * 3);
  const last = rows.at(-1)!;
  assertEquals(
    [last.task, last.method, last.beta, last.seed, last.iteration, last.alive],
    ["digit sum", "GRPO, k3", 1, 2, 4, true],
  );
  assertAlmostEquals(last.betaMean as number, 1, 1e-6);
  assertEquals(rows.filter(({ betaMean }) => Number.isNaN(betaMean)).length, 6);
  assertEquals(shown.map(({ rank }) => rank).slice(0, 3), [1, 2, 3]);
  await forgetCheckpoints();
  disposeTask(task);
});

Deno.test("measures are exact: the reference has no KL, and the distance is the identity's", async () => {
  const task = await sumTask();
  const beta = tf.tensor3d([0.5], [1, 1, 1]);
  const columns = measureLanguage(task, task.policy.reference, { beta });
  beta.dispose();
  const values = Object.fromEntries(
    await Promise.all(
      Object.entries(columns).map(async ([name, tensor]) =>
        [name, (await tensor.data())[0]] as const
      ),
    ),
  );
  const logpRef = await task.logpRef.array() as number[][];
  const rewards = await task.rewards.array() as number[][];
  // KL(pRef | p*) = log Z - E_pRef[r] / beta, Z = E_pRef[exp(r / beta)].
  const identity = logpRef.map((row, c) => {
    const p = row.map(Math.exp);
    const z = p.reduce(
      (sum, x, s) => sum + x * Math.exp(rewards[c][s] / 0.5),
      0,
    );
    const mean = p.reduce((sum, x, s) => sum + x * rewards[c][s], 0);
    return Math.log(z) - mean / 0.5;
  }).reduce((a, b) => a + b) / logpRef.length;
  assertAlmostEquals(values.klExact, 0, 1e-4);
  assertAlmostEquals(values.distance, identity, 1e-4);
  assertAlmostEquals(values.reward, values.right, 1e-6);
  tf.dispose(columns);
  disposeTask(task);
});

Deno.test("the kept policies have learnt their corpora", async () => {
  const tasks = [await sumTask(), await shortcutTask("stuck")];
  const corpora = [languageCorpora.rough, languageCorpora.shortcut];
  for (const [i, task] of tasks.entries()) {
    const logp = await task.logpRef.array() as number[][];
    corpora[i].probabilities.forEach((row, c) => {
      const kl = row.reduce(
        (sum, p, s) => sum + p * (Math.log(p) - logp[c][s]),
        0,
      );
      assert(kl < 0.01, `${task.name}: ${kl} nats in context ${c}`);
    });
  }
  tasks.forEach(disposeTask);
});
