import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  adrpo,
  adrpoControls,
  advantageWeighting,
  anchored,
  awm,
  clippedAdrpo,
  diffusionNft,
  drawingPolicy,
  flow,
  initOnline,
  linearWeighting,
  lossOf,
  type Method,
  onlineStep,
} from "../../lib/methods/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { stateGroup } from "../../lib/train/state.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";
import { budget, flowWorld } from "./worlds.ts";

// Identities, on velocities drawn at random.

const shape = [1, 2, 4, 3]; // members, prompts, samples, dimensions
const drawn = (key: number) =>
  tf.reshape(normal(keys([key]), [2 * 4 * 3]), shape) as Tensor;
const velocities = () => ({
  vt: drawn(1),
  ut: drawn(2),
  vRef: drawn(3),
  vOld: drawn(4),
});
const rewards = () =>
  tf.tensor3d([[[0, 0.2, 1.5, 0.1], [-1, 0.4, 0, 0.9]]]) as Tensor;

/** The gradient of a method's loss in vt, as numbers. */
async function slopesOf(
  method: Method<FlowVelocities>,
  coefficient: number,
  change: (own: FlowVelocities) => FlowVelocities = (own) => own,
): Promise<number[]> {
  const { values } = await evaluate(() => {
    const beta = tf.fill([1, 1, 1], coefficient) as Tensor;
    const own = velocities();
    return tf.grad((vt: Tensor) =>
      tf.sum(lossOf(
        method.terms(beta, rewards(), {}),
        change({ ...own, vt }),
      ))
    )(own.vt);
  });
  return values;
}

function assertAll(actual: number[], expected: number[], off = 1e-5): void {
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i], off));
}

const atDrawing = ({ vt, ut, vOld }: FlowVelocities) => ({
  vt,
  ut,
  vRef: vOld!,
});

Deno.test("DiffusionNFT is ADRPO-FM with the drawing policy as its anchor", async () => {
  // Advantages beyond the scale are clipped: at beta0 = scale beta by 1 / beta of it.
  for (const [scale, beta] of [[1, 1], [0.5, 0.4], [2, 3]]) {
    assertAll(
      await slopesOf(diffusionNft({ scale }), beta),
      await slopesOf(clippedAdrpo(flow, 1 / beta), scale * beta, atDrawing),
    );
  }
  // With another anchor it is not.
  const [own, other] = [
    await slopesOf(diffusionNft(), 1),
    await slopesOf(clippedAdrpo(flow), 1),
  ];
  assert(own.some((value, i) => Math.abs(value - other[i]) > 0.1));
});

/** The parameters of a flow after iterations of a method, as numbers. */
async function trainedBy(
  method: Method<FlowVelocities>,
  coefficient: number,
): Promise<number[]> {
  const { values } = await evaluate(() => {
    const online = {
      policy: flowWorld.policy,
      method,
      coefficient: tf.fill([2, 1, 1], coefficient) as Tensor,
      seeds: [3, 8],
      budget,
    };
    const step = onlineStep(online, flowWorld.reward);
    let state = initOnline(online);
    for (let i = 0; i < 3; i++) {
      ({ state } = step(state, tf.scalar(i, "int32")));
    }
    const params = Object.values(stateGroup(state, "params"));
    return tf.concat(params.map((param) => tf.reshape(param, [-1]))) as Tensor;
  });
  return values;
}

Deno.test("a run of DiffusionNFT is one of ADRPO-FM that pulls to the drawing policy", async () => {
  const nft = await trainedBy(diffusionNft({ scale: 0.5 }), 1);
  const own = anchored(clippedAdrpo(flow), drawingPolicy);
  assertAll(await trainedBy(own, 0.5), nft);
  const frozen = await trainedBy(clippedAdrpo(flow), 0.5);
  assert(frozen.some((value, i) => Math.abs(value - nft[i]) > 1e-3));
});

Deno.test("adaptivity cancels: ADRPO-FM is a fixed W2 penalty and a linear term", async () => {
  const linear: Method<FlowVelocities> = {
    ...advantageWeighting,
    terms(beta, rewards) {
      const A = flow.advantages(rewards);
      return {
        // -2 A <v', u'>, the mean over D, with v' and u' less the reference's.
        objective: ({ vt, ut, vRef }) =>
          tf.mul(
            tf.mul(A, -2),
            tf.mean(tf.mul(tf.sub(vt, vRef), tf.sub(ut, vRef)), -1),
          ),
        divergence: flow.divergence,
        beta,
      };
    },
  };
  assertAll(await slopesOf(adrpo(flow), 0.7), await slopesOf(linear, 0.7));
});

Deno.test("beta0 + |A| is ADRPO for bad samples, and holds good ones at a higher curvature", async () => {
  const [, , ofSize] = adrpoControls(flow);
  const [own, control] = [
    await slopesOf(adrpo(flow), 0.7),
    await slopesOf(ofSize, 0.7),
  ];
  const { values: A } = await evaluate(() => flow.advantages(rewards()));
  const { values: apart } = await evaluate(() => {
    const { vt, vRef } = velocities();
    return tf.sub(vt, vRef) as Tensor;
  });
  // The slope of 2 max(A, 0) |vt - vRef|^2, the mean over D = 3.
  const more = apart.map((x, i) =>
    4 / 3 * Math.max(A[Math.floor(i / 3)], 0) * x
  );
  assertAll(control, own.map((value, i) => value + more[i]));
});

Deno.test("linear weighting starts as advantage weighting, at a curvature of beta", async () => {
  const atOld = ({ ut, vRef, vt }: FlowVelocities) => ({
    vt,
    ut,
    vRef,
    vOld: velocities().vt,
  });
  assertAll(
    await slopesOf(linearWeighting, 0.3, atOld),
    await slopesOf(advantageWeighting, 0.3, atOld),
  );
  // A second difference of the loss along vt, of each sample: 2 beta / D of a unit step.
  const along = (by: number) => (signals: FlowVelocities) => ({
    ...signals,
    vt: tf.add(signals.vt, by) as Tensor,
  });
  const curvature = async (method: Method<FlowVelocities>) => {
    const up = await slopesOf(method, 0.3, along(0.5));
    const down = await slopesOf(method, 0.3, along(-0.5));
    return up.map((value, i) => value - down[i]);
  };
  const same = (await curvature(linearWeighting)).map(() => 2 * 0.3 / 3);
  assertAll(await curvature(linearWeighting), same);
  assertAll(await curvature(adrpo(flow)), same);
  const uneven = await curvature(advantageWeighting);
  assert(uneven.some((value) => value < 0), "advantage weighting is convex");
});

Deno.test("AWM starts as advantage weighting, and ends where its clip ends", async () => {
  const atOld = (signals: FlowVelocities) => ({
    ...signals,
    vOld: velocities().vt,
  });
  assertAll(
    await slopesOf(awm({ epsilon: 0.1 }), 0.3, atOld),
    await slopesOf(advantageWeighting, 0.3, atOld),
  );
  // A good sample whose ratio passed 1.1 is pushed no more.
  const { values: [good, bad] } = await evaluate(() => {
    const vOld = tf.tensor4d([1, 1], [1, 1, 2, 1]);
    const [ut, vt] = [
      tf.zerosLike(vOld),
      tf.tensor4d([0.5, 0.5], [1, 1, 2, 1]),
    ];
    const beta = tf.zeros([1, 1, 1]) as Tensor;
    const terms = awm({ epsilon: 0.1 }).terms(
      beta,
      tf.tensor3d([[[1, 0]]]),
      {},
    );
    return tf.grad((vt: Tensor) =>
      tf.sum(terms.objective({ vt, ut, vRef: vOld, vOld }))
    )(vt);
  });
  assertAlmostEquals(good, 0, 1e-6);
  // -0.5 of exp(1 - 0.25), pushed away: -0.5 * 2.117 * 2 * 0.5.
  assertAlmostEquals(bad, -0.5 * Math.exp(0.75), 1e-5);
});

Deno.test("the losses on the forward process have the slopes of central differences", async () => {
  for (
    const method of [diffusionNft({ scale: 0.5 }), awm(), linearWeighting]
  ) {
    const { vt, ...own } = velocities();
    const beta = tf.fill([1, 1, 1], 0.6) as Tensor;
    const terms = method.terms(beta, rewards(), {});
    await assertGradient(
      method.name,
      (vt) => lossOf(terms, { vt, ...own }),
      vt,
    );
    tf.dispose([vt, own, beta]);
  }
});

Deno.test("a method that compares with the drawing policy says what it misses", () => {
  tf.tidy(() => {
    const { vt, ut, vRef } = velocities();
    const beta = tf.ones([1, 1, 1]) as Tensor;
    for (const method of [diffusionNft(), awm(), linearWeighting]) {
      assertThrows(
        () => method.terms(beta, rewards(), {}).objective({ vt, ut, vRef }),
        TypeError,
        "Expected the policy to give vOld",
      );
    }
  });
});
