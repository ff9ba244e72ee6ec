import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { klExact, tokenEntropy } from "../../lib/losses/divergences.ts";
import { jensenShannon, klForward } from "../../lib/losses/f_divergences.ts";
import {
  adrpo,
  anchored,
  clipCov,
  clippedAdrpo,
  coveringTokens,
  dpo,
  drawingPolicy,
  entropyBonus,
  exactTokens,
  gardo,
  grpo,
  initOnline,
  klController,
  klCov,
  mara,
  maxRl,
  type Method,
  nonNegativeAdrpo,
  onlineStep,
  passAtKTraining,
  promptKlTargets,
  quantileBaselineAdrpo,
  raft,
  runningBaselineAdrpo,
  selfTraining,
  startBaselineAdrpo,
  tokens,
  trajectoryBalance,
} from "../../lib/methods/mod.ts";
import { type Params } from "../../lib/models/params.ts";
import { languagePolicy } from "../../lib/policies/language.ts";
import {
  type ChunkedSignals,
  type TokenSignals,
} from "../../lib/policies/tokens.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import { type LanguageModel } from "../../lib/pretrained/language/language_model.ts";
import { forecastLanguageMemory } from "../../lib/pretrained/language/memory_forecast.ts";
import { padPrompts } from "../../lib/pretrained/language/prompts.ts";
import { forecastLanguageTime } from "../../lib/pretrained/language/time_forecast.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { train } from "../../lib/train/train.ts";
import {
  closeTo,
  trainedAdapters,
  withModel,
} from "../pretrained/decoder_fixtures.ts";

const asked = [[5, 9, 11], [7]];
const maxTokens = 4;

/** Runs a test on a policy of a tiny model whose adapters are trained, or are fresh. */
const withPolicy = (
  { fresh = false, stop = [28] }: { fresh?: boolean; stop?: number[] },
  body: (
    policy: ReturnType<typeof languagePolicy>,
    model: LanguageModel,
    start: Params,
  ) => Promise<void>,
) =>
  withModel("qwen2", async (model) => {
    const prompts = padPrompts(asked);
    const seeds = keys([9]);
    const start = fresh
      ? initAdapters(model, seeds, { rank: 2, alpha: 4 })
      : trainedAdapters(model);
    const options = { model, start, prompts, maxTokens, stop };
    await body(languagePolicy(options), model, start);
    tf.dispose([prompts, seeds, start]);
  });

Deno.test("signals of answers of several lengths are the model's own log-probabilities; the first ratio is 1", () =>
  withPolicy({}, async (policy, model, start) => {
    const perContext = 6;
    const { answers, logp, logpOld, logpRef, mask } = tf.tidy(() => {
      const params = policy.init(2);
      const sample = policy.draw(params, { keys: keys([3, 4]), perContext });
      const signals = policy.signals(params, sample, {});
      return {
        answers: sample.answers,
        ...{ logp: signals.logp, logpOld: signals.logpOld },
        ...{ logpRef: signals.logpRef, mask: signals.mask },
      };
    });
    assertEquals(answers.shape, [2, 12, maxTokens]);
    assertEquals(logp.shape, [2, 2, perContext, maxTokens]);
    await closeTo(logp, logpOld, 5e-5);
    const rows = (await answers.array() as number[][][]).flat();
    const counts = (await mask.array() as number[][][][]).flat(2);
    const got = (await logp.array() as number[][][][]).flat(2);
    const gotRef = (await logpRef.array() as number[][][][]).flat(2);
    assert(counts.some((count) => count.includes(0)), "some answer ends early");
    for (const [i, row] of rows.entries()) {
      const prompt = asked[Math.floor(i / perContext) % 2];
      const tokens = tf.tensor2d([[...prompt, ...row]], undefined, "int32");
      for (const [values, adapters] of [[got, start], [gotRef]] as const) {
        const all = model.tokenLogProbs(tokens, adapters);
        const expected = [...await all.data()].slice(prompt.length - 1);
        for (const [t, value] of values[i].entries()) {
          assertAlmostEquals(value, expected[t] * counts[i][t], 5e-5);
        }
        all.dispose();
      }
      tokens.dispose();
    }
    tf.dispose([answers, logp, logpOld, logpRef, mask]);
  }));

Deno.test("at another temperature the first ratio is 1 too, and the signals' logits are divided", () =>
  withModel("qwen2", async (model) => {
    const prompts = padPrompts(asked);
    const start = trainedAdapters(model);
    const [policy, plain] = [2.5, 1].map((temperature) =>
      languagePolicy({ model, start, prompts, maxTokens, temperature })
    );
    const { logp, logpOld, logits, undivided } = tf.tidy(() => {
      const params = policy.init(1);
      const sample = policy.draw(params, { keys: keys([3]), perContext: 8 });
      const { logp, logpOld, logits } = policy.signals(params, sample, {});
      const undivided = plain.signals(params, sample, {}).logits;
      return { logp, logpOld, logits, undivided: tf.div(undivided, 2.5) };
    });
    await closeTo(logp, logpOld, 5e-5);
    await closeTo(logits, undivided as Tensor, 1e-5);
    tf.dispose([prompts, start, logp, logpOld, logits, undivided]);
  }));

Deno.test("a fresh policy is the reference, and so are the reference's adapters", () =>
  withPolicy({ fresh: true }, async (policy) => {
    const { logp, logpRef } = tf.tidy(() => {
      const params = policy.init(1);
      const sample = policy.draw(params, { keys: keys([3]), perContext: 4 });
      const { logp, logpRef } = policy.signals(params, sample, {});
      return { logp, logpRef };
    });
    assertEquals(await logp.data(), await logpRef.data());
    tf.dispose([logp, logpRef]);
  }));

Deno.test("the reference of a trained policy draws as the base", () =>
  withPolicy({}, async (policy) => {
    const gap = tf.tidy(() => {
      const params = policy.reference(1);
      const sample = policy.draw(params, { keys: keys([3]), perContext: 4 });
      return tf.max(tf.abs(policy.divergence!(sample)));
    });
    assert((await gap.data())[0] < 1e-4);
    gap.dispose();
  }));

Deno.test("exact divergences and entropies over places are those of all logits at once, with their gradients", () =>
  withPolicy({}, async (policy) => {
    const functions = {
      ...{ klExact, klForward, jensenShannon },
      tokenEntropy: ({ logits }: { logits: Tensor }) => tokenEntropy(logits),
    };
    for (const f of Object.values(functions)) {
      const gradients = (of: (signals: ChunkedSignals) => Tensor) =>
        tf.tidy(() => {
          const params = policy.init(2);
          const at = { keys: keys([3]), perContext: 3 };
          const sample = policy.draw(params, at);
          const names = Object.keys(params);
          const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
            const own = names.map((name, i) => [name, values[i]]);
            const signals = policy.signals(
              Object.fromEntries(own),
              sample,
              {},
            );
            return tf.sum(tf.mul(signals.mask, of(signals)));
          })(Object.values(params));
          return [value, ...grads];
        });
      const expected = gradients(f);
      const got = gradients((signals) => signals.overPlaces(f));
      for (const [i, value] of got.entries()) {
        await closeTo(value, expected[i], 2e-5, `${f.name} ${i}`);
      }
      tf.dispose([expected, got]);
    }
  }));

const budget = {
  perContext: 4,
  updates: 2,
  learningRate: 0.01,
  clipNorm: 1,
  divergedAbove: 1e6,
};
const low = (answers: Tensor) =>
  tf.neg(tf.mean(tf.cast(answers, "float32"), -1));
const methods: Method<TokenSignals>[] = [
  grpo(),
  grpo(exactTokens),
  adrpo(tokens()),
  adrpo(exactTokens),
  clippedAdrpo(tokens()),
  nonNegativeAdrpo(tokens()),
  runningBaselineAdrpo(tokens()),
  quantileBaselineAdrpo(tokens(), 0.9),
  startBaselineAdrpo(tokens()),
  klController(),
  promptKlTargets(tokens(), { horizon: 2 }),
  entropyBonus,
  anchored(grpo(exactTokens), drawingPolicy),
  ...coveringTokens.map(grpo),
  klCov({ share: 0.3 }),
  clipCov({ low: 0.01, high: 2 }),
  mara({ threshold: -20 }),
  trajectoryBalance,
  passAtKTraining({ k: 2, right: -20 }),
  maxRl(),
  gardo(tokens(), { judge: (answers) => tf.neg(low(answers)), share: 1 }),
  raft(tokens(), { keep: 2 }),
  selfTraining(tokens()),
  dpo,
];

Deno.test("every method trains adapters, keeps alpha, and leaves no tensor behind", () =>
  withPolicy({}, async (policy, _, start) => {
    const name = "model.layers.0.self_attn.v_proj.lora_B.weight";
    const before = [...await start[name].data()];
    for (const method of methods) {
      const tensors = tf.memory().numTensors;
      const coefficient = tf.tensor([0.3, 0.3], [2, 1, 1]);
      const online = { policy, method, coefficient, seeds: [3, 4], budget };
      const state = tf.tidy(() => {
        const start = initOnline(online, tf.tensor1d([0.3, 0.6]));
        return onlineStep(online, low)(start, tf.scalar(0, "int32")).state;
      });
      assertEquals([...await state["params/alpha"].data()], [5, 5]);
      const after = [...await state[`params/${name}`].data()];
      assert(after.every(Number.isFinite), method.name);
      assert(
        before.some((value, i) => Math.abs(value - after[i]) > 1e-4),
        `${method.name} learns nothing`,
      );
      tf.dispose([coefficient, state]);
      assertEquals(tf.memory().numTensors, tensors, method.name);
    }
  }));

Deno.test("one prompt is overfitted at beta 0: the reward rises to its highest", () =>
  withPolicy({ fresh: true, stop: [] }, async (policy) => {
    const wanted = tf.tensor1d([37], "int32");
    const reward = (answers: Tensor) =>
      tf.tidy(() => tf.mean(tf.cast(tf.equal(answers, wanted), "float32"), -1));
    const coefficient = tf.zeros([1, 1, 1]);
    const online = {
      ...{ policy, method: grpo(), coefficient, seeds: [0] },
      budget: { ...budget, perContext: 16, updates: 1, learningRate: 0.05 },
    };
    const { state, logs } = await train({
      state: initOnline(online),
      step: onlineStep(online, reward),
      iterations: 40,
      logEvery: 5,
    });
    const rewards = logs.map(({ reward }) => reward as number);
    assert(rewards[0] < 0.4 && rewards.at(-1)! > 0.9, `${rewards}`);
    tf.dispose([wanted, coefficient, state]);
  }));

Deno.test("a policy forecasts what its model, prompts and adapters take", () =>
  withModel("llama", async (model) => {
    const seeds = keys([0]);
    const rank = 3;
    const start = initAdapters(model, seeds, { rank, alpha: 1 });
    const prompts = padPrompts(asked);
    const policy = languagePolicy({ model, start, prompts, maxTokens });
    const workload = {
      ...{ members: 2, prompts: 2, perContext: 5 },
      ...{ promptTokens: 3, maxTokens, rank },
    };
    const memory = forecastLanguageMemory(model.config, workload);
    const time = await forecastLanguageTime(model.config, workload);
    const iteration = { members: 2, perContext: 5, updates: 4 };
    assertEquals(await policy.forecast!(iteration), {
      bytes: Math.max(memory.sampling, memory.step),
      seconds: time.sampling + 4 * time.step,
    });
    tf.dispose([seeds, start, prompts]);
  }));
