/**
 * Prints, as one line of JSON, what the backend computes: the losses with their
 * gradients on random inputs, and small pieces of work of every kind. A GPU's values are
 * compared with a CPU's by running this on both.
 *
 * @module
 */

import { smallWorks } from "./small_works.ts";
import { workloadOf } from "./work.ts";
import { start } from "./workload.ts";
import { groupAdvantages, raftWeights } from "../losses/advantages.ts";
import {
  klExact,
  klK1,
  klK2,
  klK3,
  tokenEntropy,
  w2Penalty,
} from "../losses/divergences.ts";
import { dpoLoss, flowMatchingLoss } from "../losses/objectives.ts";
import {
  adrpoFlowLoss,
  advantageFlowLoss,
  orwCfmW2Loss,
} from "../losses/flow_losses.ts";
import { adrpoGrpoLoss, grpoLoss } from "../losses/grpo_losses.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys, normal } from "../tf/random.ts";

/** Normals of a shape; another index, other numbers. */
const draw = (index: number, shape: number[]): Tensor =>
  tf.squeeze(normal(keys([index]), shape), [0]);

const flow = ([vt]: Tensor[]) => ({
  vt,
  ut: draw(1, vt.shape),
  vRef: draw(2, vt.shape),
});
const tokens = ([logp]: Tensor[]) => ({
  logp: tf.logSigmoid(logp),
  logpOld: tf.logSigmoid(draw(1, logp.shape)),
  logpRef: tf.logSigmoid(draw(2, logp.shape)),
  advantages: draw(3, logp.shape.slice(0, -1)),
});
const perSample = draw(4, [3, 4, 8]);

/** The losses, each of what it is differentiated by. */
const losses: Record<string, { shape: number[]; of: (x: Tensor) => Tensor }> = {
  flowMatchingLoss: velocities((v) => flowMatchingLoss({ vt: v.vt, ut: v.ut })),
  w2Penalty: velocities(({ vt, vRef }) => w2Penalty({ vt, vRef })),
  adrpoFlowLoss: velocities((v) =>
    adrpoFlowLoss({ ...v, advantages: perSample }, { beta0: 1 })
  ),
  advantageFlowLoss: velocities((v) =>
    advantageFlowLoss({ ...v, advantages: perSample }, { beta: 0.5 })
  ),
  orwCfmW2Loss: velocities((v) =>
    orwCfmW2Loss({ ...v, rewards: perSample }, { tau: 1, beta: 0.5 })
  ),
  grpoLoss: logProbs((p) => grpoLoss(p, { beta: 0.1, epsilon: 0.2 })),
  adrpoGrpoLoss: logProbs((p) =>
    adrpoGrpoLoss(p, { beta0: 0.5, epsilon: 0.2 })
  ),
  klK1: logProbs(({ logp, logpRef }) => klK1({ logp, logpRef })),
  klK2: logProbs(({ logp, logpRef }) => klK2({ logp, logpRef })),
  klK3: logProbs(({ logp, logpRef }) => klK3({ logp, logpRef })),
  dpoLoss: logProbs(({ logp, logpOld, logpRef }) =>
    dpoLoss({
      chosen: logp,
      rejected: logpOld,
      chosenRef: logpRef,
      rejectedRef: logpRef,
    }, { beta: 0.1 })
  ),
  klExact: {
    shape: [3, 4, 5],
    of: (logits) => klExact({ logits, logitsRef: draw(1, [3, 4, 5]) }),
  },
  tokenEntropy: { shape: [3, 4, 5], of: tokenEntropy },
  raftWeights: {
    shape: [3, 4, 8],
    of: (rewards) => raftWeights(rewards, { keep: 2 }),
  },
  groupAdvantages: {
    shape: [3, 4, 8],
    of: (rewards) => groupAdvantages(rewards, { epsilon: 1e-4 }),
  },
};

function velocities(loss: (v: ReturnType<typeof flow>) => Tensor) {
  return { shape: [3, 4, 8, 2], of: (vt: Tensor) => loss(flow([vt])) };
}

function logProbs(loss: (p: ReturnType<typeof tokens>) => Tensor) {
  return { shape: [3, 4, 6], of: (logp: Tensor) => loss(tokens([logp])) };
}

/** Reads tensors one after the other: a GPU is read by promise only. */
async function read(tensors: readonly Tensor[]): Promise<number[]> {
  const all = [];
  for (const tensor of tensors) all.push(...await tensor.data());
  tf.dispose([...tensors]);
  return all;
}

const values: Record<string, number[]> = {};
for (const [name, { shape, of }] of Object.entries(losses)) {
  const at = draw(0, shape);
  const differentiable = !["raftWeights", "groupAdvantages"].includes(name);
  try {
    const both = tf.tidy(() => [
      of(at),
      ...differentiable ? [tf.grad((x: Tensor) => tf.sum(of(x)))(at)] : [],
    ]);
    values[name] = await read(both);
  } catch (error) {
    console.error(`${name}: ${error}`);
  }
}
for (const work of smallWorks) {
  const members = "members" in work ? `, ${work.members} members` : "";
  const name = `${work.kind}${members}`;
  try {
    const workload = await workloadOf(work);
    const running = start(workload, "graph");
    values[name] = [];
    for (let i = 0; i < 3; i++) {
      const logs = running.call(i);
      values[name].push(...await read([tf.tidy(() => workload.values(logs))]));
      tf.dispose(logs);
    }
    running.dispose();
  } catch (error) {
    delete values[name];
    console.error(`${name}: ${error}`);
  }
}
console.log(JSON.stringify(values));
