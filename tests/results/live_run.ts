import { type RunProgress } from "../../lib/experiments/mod.ts";

const row = { task: "pets", method: "GRPO", coefficient: 0.1, seed: 0 };

/** What `run` tells, of a run of two populations of 10 iterations. */
export function told(
  at: { iterations: number; tokens?: number; seconds: number },
  { rows = [], method = "GRPO", done = at.iterations }: {
    rows?: number[];
    method?: string;
    done?: number;
  } = {},
): RunProgress {
  const own = rows.map((iteration) => ({ ...row, method, iteration }));
  return {
    run: {
      ...{ experiment: "pets", scale: "smoke", config: {}, frontiers: [] },
      tasks: { pets: "pets", others: "others" },
      methods: {
        GRPO: { coefficient: "beta" },
        RAFT: { coefficient: "kept" },
      },
      rows: own.map((row) => ({ ...row, reward: row.iteration / 10 })),
      shown: own.map((row) => ({
        ...row,
        answer: `<b>${method} ${row.iteration}\n`,
        reward: 1,
      })),
    },
    ...{ running: `pets ${method}`, done, total: 20 },
    here: { answers: 8 * at.iterations, tokens: 0, ...at },
  };
}
