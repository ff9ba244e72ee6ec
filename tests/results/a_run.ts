import type { Run } from "../../lib/experiments/experiment.ts";
import type { Row } from "../../lib/train/row.ts";

/** The means of a setting, and who has it. */
interface Setting {
  readonly task: string;
  readonly method: string;
  readonly coefficient: number;
}

/** The look of the one method that brings its own. */
export const ownLook = {
  color: "#123456",
  dash: "dot",
  symbol: "star",
} as const;

/**
 * A run of two tasks, three methods, three coefficients, three seeds and evaluations at
 * 0, 10 and 20, whose numbers follow from their labels: reward 1 - coefficient, entropy 2
 * * coefficient, both less a hundredth a seed, from half of it at first. `mine` has a
 * look of its own; `borrowed` has one that the kit gives elsewhere.
 *
 * @param change What differs from that.
 */
export function aRun(change: (row: Row) => Row = (row) => row): Run {
  const settings: Setting[] = ["east", "west"].flatMap((task) =>
    ["mine", "bare", "borrowed"].flatMap((method) =>
      [0.1, 0.2, 0.4].map((coefficient) => ({ task, method, coefficient }))
    )
  );
  const rows = settings.flatMap((setting) =>
    [0, 1, 2].flatMap((seed) =>
      [0, 10, 20].map((iteration): Row => {
        const grown = 0.5 + iteration / 40;
        return change({
          ...setting,
          seed,
          iteration,
          alive: true,
          reward: grown * (1 - setting.coefficient) - seed / 100,
          entropy: grown * 2 * setting.coefficient - seed / 100,
          logged: iteration === 0 ? NaN : iteration + seed,
          left: 0,
          right: 1,
        });
      })
    )
  );
  return {
    experiment: "own",
    scale: "smoke",
    config: { seeds: [0, 1, 2] },
    rows,
    shown: rows.filter(({ seed }) => seed === 0).map((row) => ({
      ...row,
      x: 1,
      y: row.coefficient,
      answer: "1 2 3",
      probability: 0.5,
      picture: new Uint8Array(4).toBase64(),
    })),
    frontiers: [1, 2].map((lambda) => ({
      ...{ task: "east", lambda, reward: 1 / lambda, entropy: lambda / 4 },
      ...{ left: 1 - 1 / lambda, right: 1 / lambda },
    })),
    tasks: { east: "the east", west: "the west" },
    methods: {
      mine: { coefficient: "gamma", look: ownLook },
      bare: { coefficient: "beta" },
      borrowed: {
        coefficient: "beta",
        look: { color: "#0072B2", dash: "solid", symbol: "circle" },
      },
    },
  };
}
