import { assertThrows } from "@std/assert";
import { sequenceK2 } from "../../lib/methods/families.ts";
import {
  clipCov,
  coveringTokens,
  exactTokens,
  grpo,
  inRewardUnits,
  klCov,
  mara,
  maxRl,
  type Method,
  passAtKTraining,
  raft,
  selfTraining,
  tokens,
  trajectoryBalance,
} from "../../lib/methods/mod.ts";
import { type TokenSignals } from "../../lib/policies/tokens.ts";
import {
  best,
  centred,
  lessOthers,
  perPrompt,
  standardised,
  uniformly,
} from "./oracle/advantages.ts";
import { type MethodOracle } from "./oracle/iteration.ts";
import { mean } from "./oracle/numbers.ts";
import {
  averaged,
  type Divergence,
  divergences,
  fixed,
  likelihood,
  logps,
  logpsRef,
  surrogate,
  surrogateAnd,
  tokenLoss,
} from "./oracle/token_losses.ts";
import { logSoftmax, type TokenAnswer } from "./oracle/token_policy.ts";
import { assertIterates, tokenWorld } from "./worlds.ts";

const { exact, k3, sequence } = divergences;
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const whole = (perToken: number[], { counted }: TokenAnswer) =>
  sum(perToken.slice(0, counted));

type Oracle = MethodOracle<TokenAnswer>;

/** The tokens of a member in order: which answer, which place, which covariance. */
function covariancesOf(answers: TokenAnswer[][], A: number[][]) {
  const tokens = answers.flatMap((group, c) =>
    group.flatMap((answer, k) =>
      answer.logpOld.slice(0, answer.counted)
        .map((logp, t) => ({ c, k, t, logp, A: A[c][k] }))
    )
  );
  const [meanA, meanLogp] = [
    mean(tokens.map(({ A }) => A)),
    mean(tokens.map(({ logp }) => logp)),
  ];
  return tokens.map((token) => ({
    ...token,
    covariance: (token.A - meanA) * (token.logp - meanLogp),
  })).toSorted((a, b) => b.covariance - a.covariance);
}

type Token = ReturnType<typeof covariancesOf>[number];
const isAmong = (chosen: Token[], c: number, k: number, t: number) =>
  chosen.some((token) => token.c === c && token.k === k && token.t === t);

const klCovOracle = (share: number): Oracle => ({
  terms({ coefficient, rewards }) {
    const A = perPrompt(rewards, standardised);
    return {
      beta: uniformly(rewards, coefficient),
      loss(answers) {
        const all = covariancesOf(answers, A);
        const held = all.slice(0, Math.floor(share * all.length));
        return averaged(answers, (answer, t, [c, k]) => {
          const step = logps(answer)[t] - answer.logpOld[t];
          const size = Math.max(Math.abs(step) - 1e-5, 0);
          const pull = isAmong(held, c, k, t) ? size : 0;
          return -A[c][k] * Math.exp(step) + coefficient * pull;
        });
      },
    };
  },
});

const clipCovOracle = (low: number, high: number): Oracle => ({
  terms({ coefficient, rewards }) {
    const A = perPrompt(rewards, standardised);
    return {
      beta: uniformly(rewards, coefficient),
      loss(answers) {
        const all = covariancesOf(answers, A);
        const clipped = all
          .filter(({ covariance: x }) => x > low && x < high)
          .slice(0, Math.floor(coefficient * all.length));
        return averaged(
          answers,
          (answer, t, [c, k]) =>
            isAmong(clipped, c, k, t) ? 0 : surrogate(A)(answer, t, [c, k]),
        );
      },
    };
  },
});

const maraOracle = (
  threshold: number,
  advantages: (group: number[]) => number[],
  divergence: Divergence,
): Oracle => ({
  terms({ coefficient, rewards }) {
    const beta = uniformly(rewards, coefficient);
    return {
      beta,
      loss(answers) {
        const A = answers.map((group, c) => {
          const logpRef = group.map((one) => whole(logpsRef(one), one));
          const good = rewards[c].map((_, k) => k)
            .filter((k) => rewards[c][k] >= threshold);
          const [z] = good.toSorted((a, b) => logpRef[b] - logpRef[a]);
          return advantages(
            rewards[c].map((reward, k) =>
              reward >= threshold
                ? rewards[c][z] + coefficient * (logpRef[z] - logpRef[k])
                : reward
            ),
          );
        });
        return tokenLoss(surrogate(A), beta, divergence)(answers);
      },
    };
  },
});

const balanceOracle: Oracle = {
  terms: ({ coefficient: beta, rewards }) => ({
    beta: uniformly(rewards, beta),
    loss: (answers) =>
      mean(answers.flatMap((group, c) => {
        const d = group.map((one, k) =>
          whole(logps(one), one) - whole(logpsRef(one), one) -
          rewards[c][k] / beta
        );
        const factor = beta / 2 * d.length / (d.length - 1);
        return d.map((x) => factor * (x - mean(d)) ** 2);
      })),
  }),
};

/** Groups of k among N answers, one by one: solved if one of them is right. */
const passAt = (k: number, right: number) => (group: number[]): number[] => {
  const subsets = (from: number, left: number): number[][] =>
    left === 0 ? [[]] : group.map((_, i) => i).slice(from)
      .flatMap((i) => subsets(i + 1, left - 1).map((rest) => [i, ...rest]));
  const all = subsets(0, k);
  const solved = all.map((s) => s.some((i) => group[i] >= right) ? 1 : 0);
  const rate = mean(solved);
  const spread = Math.sqrt(rate * (1 - rate));
  return group.map((_, i) => {
    const own = solved.filter((_, s) => all[s].includes(i));
    return spread === 0 ? 0 : (mean(own) - rate) / spread;
  });
};

const pairs: [Method<TokenSignals>, Oracle][] = [
  [klCov({ share: 0.2 }), klCovOracle(0.2)],
  [clipCov({ low: 0.05, high: 2 }), clipCovOracle(0.05, 2)],
  [mara({ threshold: 1.25 }), maraOracle(1.25, lessOthers, sequence)],
  [
    mara({ threshold: 1, family: exactTokens }),
    maraOracle(1, standardised, exact),
  ],
  [trajectoryBalance, balanceOracle],
  [passAtKTraining({ k: 2, right: 1 }), surrogateAnd(k3, fixed, passAt(2, 1))],
  [
    passAtKTraining({ k: 3, right: 1.25 }),
    surrogateAnd(k3, fixed, passAt(3, 1.25)),
  ],
  [
    maxRl(),
    surrogateAnd(
      k3,
      fixed,
      (group) => centred(group).map((a) => a / (mean(group) + 1e-4)),
    ),
  ],
  [
    grpo(coveringTokens[0]),
    surrogateAnd(({ logits, logitsRef }, t) => {
      const [p, q] = [logSoftmax(logits[t]), logSoftmax(logitsRef[t])];
      return sum(q.map((x, v) => Math.exp(x) * (x - p[v])));
    }, fixed),
  ],
  [
    grpo(coveringTokens[1]),
    surrogateAnd(({ logits, logitsRef }, t) => {
      const [p, q] = [logSoftmax(logits[t]), logSoftmax(logitsRef[t])];
      const middle = p.map((x, v) =>
        Math.log((Math.exp(x) + Math.exp(q[v])) / 2)
      );
      const to = (from: number[]) =>
        sum(from.map((x, v) => Math.exp(x) * (x - middle[v])));
      return (to(p) + to(q)) / 2;
    }, fixed),
  ],
  [selfTraining(tokens()), {
    terms({ coefficient, rewards }) {
      const beta = uniformly(rewards, coefficient);
      const weights = uniformly(rewards, 1);
      return { beta, loss: tokenLoss(likelihood(weights), beta, k3) };
    },
  }],
  [raft(tokens(), { keep: 2, centred: true }), {
    terms({ coefficient, rewards }) {
      const beta = uniformly(rewards, coefficient);
      const weights = perPrompt(rewards, (group) => centred(best(2)(group)));
      return { beta, loss: tokenLoss(likelihood(weights), beta, k3) };
    },
  }],
];

for (const [method, expected] of pairs) {
  Deno.test(`an iteration of a language model is the oracle's: ${method.name}`, async () => {
    for (const stop of [undefined, 2]) {
      await assertIterates(tokenWorld(stop), method, expected);
    }
  });
}

Deno.test("options of language rivals out of range, and unknown ones, are refused", () => {
  const bad = (make: () => unknown, message: string) =>
    assertThrows(make, Error, message);
  bad(() => klCov({ share: 0 }), "Expected share to be above 0 to 1, got 0");
  bad(() => klCov({ share: 2 }), "Expected share to be above 0 to 1, got 2");
  bad(() => klCov({ part: 1 } as never), 'only share, got "part"');
  bad(() => clipCov({ low: 2, high: 1 }), "Expected low to be below high");
  bad(() => mara({ threshold: NaN }), "Expected threshold to be finite");
  bad(() => mara({ tau: 1 } as never), 'only threshold, family, got "tau"');
  bad(
    () => passAtKTraining({ k: 0, right: 1 }),
    "Expected k to be a positive integer",
  );
  bad(
    () => passAtKTraining({ k: 1, wrong: 1 } as never),
    'only k, right, got "wrong"',
  );
  bad(
    () => maxRl({ kl: sequenceK2, advantages: inRewardUnits, b: 1 } as never),
    '"b"',
  );
});
