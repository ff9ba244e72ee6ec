import { assert, assertEquals } from "@std/assert";
import { contextIds } from "../../lib/data/context_ids.ts";
import { adrpo } from "../../lib/methods/adrpo.ts";
import { flow } from "../../lib/methods/families.ts";
import { lossOf } from "../../lib/methods/method.ts";
import { initOnline, onlineStep } from "../../lib/methods/online.ts";
import { rectifiedFlow } from "../../lib/paths/rectified_flow.ts";
import { flowPolicy, frozenVelocity } from "../../lib/policies/flow.ts";
import { promptedFlow } from "../../lib/pretrained/pictures/prompted_flow.ts";
import { readVelocityAdapters } from "../../lib/pretrained/pictures/velocity_adapter_files.ts";
import {
  loadVelocityTransformer,
  type VelocityTransformer,
} from "../../lib/pretrained/pictures/velocity_transformer.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { stateGroup } from "../../lib/train/state.ts";
import { train } from "../../lib/train/train.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import {
  assertClose,
  fixture,
  group,
  type Tensors,
  valuesOf,
} from "./velocity_fixture.ts";

const models = ["sd3", "flux", "sana"];
/** Every pair of a value of each list. */
const product = <A, B>(as: readonly A[], bs: readonly B[]): [A, B][] =>
  as.flatMap((a) => bs.map((b): [A, B] => [a, b]));

const [prompts, answers, beta0] = [2, 3, 0.5];

/** The transformer of a fixture as a velocity model, with the fixture's prompts. */
function modelOf(transformer: VelocityTransformer, values: Tensors) {
  const { hidden_states, timestep: _, img_ids, txt_ids, ...asked } = group(
    values,
    "inputs",
  );
  return promptedFlow(transformer, {
    event: hidden_states.shape.slice(1),
    prompts: asked,
    shared: img_ids && { img_ids, txt_ids },
    adapters: { rank: 2, alpha: 3, targets: ["to_q", "to_v"] },
  });
}

const ways = [[false, "loss and gradient"], [
  true,
  "recomputed, both",
]] as const;

for (const [name, [recompute, what]] of product(models, ways)) {
  Deno.test(`a step of ADRPO-FM with LoRA on ${name}: ${what} are PyTorch's`, async () => {
    const values = await valuesOf(name);
    const before = tf.memory().numTensors;
    const transformer = await loadVelocityTransformer(
      fixture(`${name}/transformer`),
      { recompute },
    );
    const params = await readVelocityAdapters(
      fixture(`${name}/lora/pytorch_lora_weights.safetensors`),
      transformer,
    );
    const model = modelOf(transformer, values);
    const reference = tf.tidy(() => model.init(keys([0])));
    const policy = flowPolicy({ model, reference }, { sampleSteps: 1 });

    const { x0, x1, t, rewards, loss } = group(values, "adrpo");
    const flat = (x: Tensor): Tensor => tf.reshape(x, [1, 6, -1]);
    const { losses, grads } = tf.tidy(() => {
      const c = contextIds(prompts, answers);
      const path = rectifiedFlow({
        x0: flat(x0),
        x1: flat(x1),
        t: tf.reshape(t, [1, 6]),
      });
      const at = { xt: path.xt, t: tf.reshape(t, [1, 6]) };
      const vRef = frozenVelocity({ model, reference }, { ...at, c });
      const byPrompt = tf.reshape(rewards, [1, prompts, answers]);
      const coefficient = tf.fill([1, 1, 1], beta0);
      const terms = adrpo(flow).terms(coefficient, byPrompt, {});
      const sample = { answers: flat(x1), c };
      return valueAndGrads(params, (params) => {
        const anchor = { ...at, ut: path.ut, vRef };
        const signals = policy.signals(params, sample, anchor);
        return policy.reduce(lossOf(terms, signals), sample);
      });
    });

    const total = tf.reshape(losses, []);
    assertClose(total, loss, 1e-5);
    const expected = group(values, "adrpo.gradients");
    const { alpha, ...trained } = grads;
    assertEquals(Object.keys(trained).sort(), Object.keys(expected).sort());
    for (const [name, gradient] of Object.entries(trained)) {
      const one = tf.squeeze(gradient, [0]);
      assertClose(one, expected[name], 1e-4);
      one.dispose();
    }
    assertEquals([...alpha.dataSync()], [0]);
    tf.dispose([total, losses, grads, params, reference]);
    transformer.dispose();
    assertEquals(tf.memory().numTensors, before);
    tf.dispose(values);
  });
}

for (const name of models) {
  Deno.test(`online iterations of ADRPO-FM train adapters of ${name}, compiled`, async () => {
    const values = await valuesOf(name);
    const transformer = await loadVelocityTransformer(
      fixture(`${name}/transformer`),
    );
    const model = modelOf(transformer, values);
    const reference = tf.tidy(() => model.init(keys([0])));
    const online = {
      policy: flowPolicy({ model, reference }, { sampleSteps: 2 }),
      method: adrpo(flow),
      coefficient: tf.tensor3d([[[0.1]], [[1]]]),
      seeds: [0],
      budget: {
        perContext: 4,
        updates: 2,
        learningRate: 1e-2,
        clipNorm: 1,
        divergedAbove: 1e6,
      },
    };
    const small = (x1: Tensor) => tf.neg(tf.mean(tf.square(x1), -1));
    const { state, logs } = await train({
      state: initOnline(online),
      step: onlineStep(online, small),
      iterations: 2,
      logEvery: 1,
    });
    assertEquals(logs.map(({ alive }) => alive), [1, 1, 1, 1]);
    for (const [name, param] of Object.entries(stateGroup(state, "params"))) {
      const values = [...param.dataSync()];
      assert(values.every(Number.isFinite), name);
      if (name === "alpha") assertEquals(values, [3, 3]);
      else {
        const start = [...reference[name].dataSync()];
        const half = values.length / 2;
        assert(values.slice(0, half).some((v, i) => v !== start[i]), name);
        assert(values.slice(half).some((v, i) => v !== values[i]), name);
      }
    }
    tf.dispose([state, online.coefficient, reference, values]);
    transformer.dispose();
  });
}
