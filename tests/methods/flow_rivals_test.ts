import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { klK2 } from "../../lib/losses/divergences.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  adrpo,
  adrpoControls,
  advantageWeighting,
  anchored,
  average,
  awm,
  clippedAdrpo,
  diffusionDpo,
  diffusionNft,
  doseResponse,
  drawingPolicy,
  exactTokens,
  flow,
  grpo,
  initOnline,
  linearWeighting,
  lossOf,
  type Method,
  onlineStep,
  orwCfmW2,
  raft,
  resetEvery,
  selfTraining,
  tokens,
} from "../../lib/methods/mod.ts";
import { type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { stateGroup } from "../../lib/train/state.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";
import * as o from "./oracle.ts";
import { assertIterates, budget, flowWorld, tokenWorld } from "./worlds.ts";

const { distance } = o;
const uniformly = (rewards: number[][], value: number) =>
  rewards.map((group) => group.map(() => value));

/** A method of the advantages: the loss of each answer, averaged. */
const ofAnswers = (
  loss: (answer: o.FlowAnswer, A: number, beta: number) => number,
): o.MethodOracle<o.FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const A = o.each(rewards, o.centred);
    return {
      beta: uniformly(rewards, coefficient),
      loss: (answers) =>
        o.mean(
          answers.flatMap((group, c) =>
            group.map((answer, k) => loss(answer, A[c][k], coefficient))
          ),
        ),
    };
  },
});

/** As the paper writes it: two policies around the one that drew. */
const nft = (scale: number) =>
  ofAnswers(({ vt, ut, vOld }, A, beta) => {
    const p = 0.5 + 0.5 * Math.min(Math.max(A / scale, -1), 1);
    const positive = vt.map((v, d) => (1 - beta) * vOld[d] + beta * v);
    const negative = vt.map((v, d) => (1 + beta) * vOld[d] - beta * v);
    return scale / beta *
      (p * distance(positive, ut) + (1 - p) * distance(negative, ut));
  });

const matching = (epsilon: number) =>
  ofAnswers(({ vt, ut, vRef, vOld }, A, beta) => {
    const ratio = Math.exp(distance(vOld, ut) - distance(vt, ut));
    const clipped = Math.min(Math.max(ratio, 1 - epsilon), 1 + epsilon);
    return -Math.min(ratio * A, clipped * A) + beta * distance(vt, vRef);
  });

const ofWeights = (
  weigh: (group: number[]) => number[],
): o.MethodOracle<o.FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const beta = uniformly(rewards, coefficient);
    return { beta, loss: o.flowLoss(o.each(rewards, weigh), beta) };
  },
});

const adrpoOracle: o.MethodOracle<o.FlowAnswer> = {
  terms({ coefficient, rewards }) {
    const A = o.each(rewards, o.centred);
    const beta = o.map(A, (a) => coefficient - a);
    return { beta, loss: o.flowLoss(A, beta) };
  },
};

/** Pairs of a prompt: the loss is minus the log of how surely the better one wins. */
const preferences: o.MethodOracle<o.FlowAnswer> = {
  offPolicy: true,
  terms: ({ coefficient, rewards }) => ({
    beta: uniformly(rewards, coefficient),
    loss: (answers) =>
      o.mean(answers.flatMap((group, c) => {
        const half = group.length / 2;
        const better = ({ vt, ut, vRef }: o.FlowAnswer) =>
          distance(vRef, ut) - distance(vt, ut);
        return group.slice(0, half).map((first, k) => {
          const gap = rewards[c][k] - rewards[c][k + half];
          const margin = better(first) - better(group[k + half]);
          return gap === 0
            ? 0
            : Math.log(1 + Math.exp(-coefficient * Math.sign(gap) * margin));
        });
      })),
  }),
};

const flowPairs: [Method<FlowVelocities>, o.MethodOracle<o.FlowAnswer>][] = [
  [diffusionNft(), nft(1)],
  [diffusionNft({ scale: 0.2 }), nft(0.2)],
  [awm(), matching(1)],
  [awm({ epsilon: 0.01 }), matching(0.01)],
  [
    linearWeighting,
    ofAnswers(({ vt, ut, vRef, vOld }, A, beta) =>
      A * (distance(vt, ut) - distance(vt, vOld)) + beta * distance(vt, vRef)
    ),
  ],
  [
    orwCfmW2({ tau: 1.5, centred: true }),
    ofWeights((group) => o.centred(o.tilted(1.5)(group))),
  ],
  [
    raft(flow, { keep: 1, centred: true }),
    ofWeights((group) => o.centred(o.best(1)(group))),
  ],
  [diffusionDpo, preferences],
  [selfTraining(flow), ofWeights((group) => group.map(() => 1))],
];

for (const [method, expected] of flowPairs) {
  Deno.test(`an iteration of a flow is the oracle's: ${method.name}`, async () => {
    await assertIterates(flowWorld, method, expected);
  });
}

const anchors = [
  { anchor: drawingPolicy, next: ({ params }: { params: number[] }) => params },
  {
    anchor: resetEvery(2),
    next: (
      { anchor, params, iteration }: {
        anchor: number[];
        params: number[];
        iteration: number;
      },
    ) => iteration % 2 === 0 ? params : anchor,
  },
  {
    anchor: average(0.75),
    next: ({ anchor, params }: { anchor: number[]; params: number[] }) =>
      anchor.map((value, i) => 0.75 * value + 0.25 * params[i]),
  },
];

for (const { anchor, next } of anchors) {
  Deno.test(`three iterations of a flow are the oracle's: ${anchor.name}`, async () => {
    await assertIterates(
      flowWorld,
      anchored(adrpo(flow), anchor),
      { ...adrpoOracle, anchor: next },
      { iterations: 3, grid: [0.6] },
    );
  });
  Deno.test(`three iterations of a language model are the oracle's: ${anchor.name}`, async () => {
    await assertIterates(
      tokenWorld(2),
      anchored(grpo(exactTokens), anchor),
      {
        anchor: next,
        terms({ coefficient, rewards }) {
          const A = o.each(rewards, o.standardised);
          const beta = uniformly(rewards, coefficient);
          return {
            beta,
            loss: o.tokenLoss(o.surrogate(A), beta, o.divergences.exact),
          };
        },
      },
      { iterations: 3, grid: [0.4] },
    );
  });
}

const families = [
  [tokens({ kl: klK2, variant: "k2" }), o.divergences.k2],
  [tokens(), o.divergences.k3],
  [exactTokens, o.divergences.exact],
] as const;
for (const [family, divergence] of families) {
  const methods = doseResponse(family);
  for (const [i, s] of [[0, -1], [2, -0.25], [5, 0.5]]) {
    const method: Method<TokenSignals> = methods[i];
    Deno.test(`an iteration of a language model is the oracle's: ${method.name}`, async () => {
      await assertIterates(tokenWorld(2), method, {
        terms({ coefficient, rewards }) {
          const A = o.each(rewards, o.standardised);
          const beta = o.map(A, (a) => coefficient + s * a);
          return {
            beta,
            loss: o.tokenLoss(o.surrogate(A), beta, divergence),
          };
        },
      }, { grid: [0.4] });
    });
  }
}

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

Deno.test("options of rivals out of range, and unknown ones, are refused", () => {
  const bad = (make: () => unknown, message: string) =>
    assertThrows(make, Error, message);
  bad(() => diffusionNft({ scale: 0 }), "Expected scale to be positive");
  bad(() => diffusionNft({ Scale: 1 } as never), 'only scale, got "Scale"');
  bad(() => awm({ epsilon: -1 }), "Expected epsilon to be positive");
  bad(() => awm({ clip: 1 } as never), 'only epsilon, got "clip"');
  bad(() => resetEvery(0), "Expected iterations to be a positive integer");
  bad(() => average(1), "Expected decay to be from 0 to below 1, got 1");
  bad(() => average(NaN), "Expected decay to be from 0 to below 1, got NaN");
});
