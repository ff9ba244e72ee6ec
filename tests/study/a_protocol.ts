const shared = {
  ...{ source: "Post, Summary", quotes: "a sentence", method: "ours" },
  ...{ threshold: 0, margin: 0.5, unit: "nats", why: "as it is" },
};
const setting = { ...shared, coefficient: 0, metric: "entropy" };

/**
 * The file of a small protocol: one track of four references with two seeds each, a sweep
 * and a rival, and early stopping of that; a family of two comparisons and one of one.
 */
export const aProtocol = () => ({
  ...{ version: 1, level: 0.05, correction: "Holm" },
  interval: "t over references",
  tuning: {
    rule: "by hypervolume",
    iterations: 20,
    candidates: [{ learningRate: 1, updates: 1 }],
  },
  exclusions: {
    ...{ lost: "l", inFronts: "f", inSettings: "s", mostLost: 0.2 },
  },
  tracks: {
    east: {
      seeds: {
        exploration: [0],
        confirmation: [[1, 2], [3, 4], [5, 6], [7, 8]],
      },
      horizon: { iterations: 20, evaluateEvery: 10, plateau: "p" },
      budget: {
        ...{ perContext: 4, evaluationSamples: 4 },
        ...{ clipNorm: 1, divergedAbove: 100 },
      },
      tasks: {
        sums: {
          ...{ title: "the sums", model: "a", reward: "reward", least: 0.1 },
          diversity: "entropy",
          worst: { reward: 0, diversity: 0 },
        },
      },
      methods: {
        ours: {
          ...{ coefficient: "beta0", grid: [0, 0.5, 1] },
          ...{ learningRate: 0.001, updates: 2 },
        },
        rival: {
          ...{ coefficient: "beta", grid: [0, 0.5, 1] },
          ...{ learningRate: 0.01, updates: 2 },
        },
        stopped: {
          coefficient: "iteration",
          stops: { method: "rival", coefficient: 0 },
        },
      },
    },
  },
  families: [{
    ...{ name: "fronts", question: "?", task: "sums" },
    claims: [{
      ...{ ...shared, claim: "More at equal reward", direction: "above" },
      ...{ statistic: "gain at equal reward", metric: "entropy" },
      rivals: ["rival", "stopped"],
    }],
  }, {
    ...{ name: "collapse", question: "?", task: "sums" },
    claims: [{
      ...{ ...setting, claim: "It is lost", direction: "below" },
      ...{ statistic: "ratio to the start", threshold: 0.5, margin: 0.1 },
    }],
  }],
});
