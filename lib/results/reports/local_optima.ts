import type { Run } from "../../experiments/run.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { meanInterval, successInterval } from "../intervals.ts";
import { panels } from "../panels.ts";
import { summarise } from "../summarise.ts";
import type { TableRow } from "../table_row.ts";
import { barsWithIntervals } from "../traces/bars_with_intervals.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import { languageStyle, trainingPanel } from "./language_panels.ts";
import { distinct, lastRows, where } from "./sweeps.ts";

const stuckTask = "from the stuck policy";
const group = "ADRPO-GRPO, unclipped";
const running = "ADRPO-GRPO, running baseline";
const repaired = "ADRPO-GRPO, beta_eff ≥ 0";
const source = "seed post, Emergent exploration in LLMs";
/** A seed has escaped when most answers to a prompt, at least one, are right. */
const escaped = (row: Row) => (row.solved as number) > 0;
const stuck = (row: Row) => !escaped(row);

/**
 * Reports escapes from the local optimum: success rates, and whether beta_eff rises
 * while a policy is stuck.
 *
 * @param run What {@linkcode localOptima} returned.
 * @returns The record to show and to keep.
 */
export function reportLocalOptima(run: Run): ExperimentRecord {
  const end = lastRows(run.rows);
  const summary = successes(end);
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: run.rows,
    summary,
    verdicts: [
      ...escapeVerdicts(end),
      ...resettingVerdicts(run),
      returnVerdict(run),
    ],
    headlines: bestSettings(summary).map((
      { task, method, beta, success, successLow, successHigh, seeds },
    ) => ({
      name: `success ${task}, ${method} at ${beta}`,
      value: success as number,
      low: successLow as number,
      high: successHigh as number,
      n: seeds as number,
      unit: "",
    })),
    figures: {
      local_optima_success: successFigure(summary),
      local_optima_training: trainingFigure(run),
      local_optima_resetting: resettingFigure(run),
    },
  };
}

/** The success rate of each setting of each method on each task, with its interval. */
function successes(end: readonly Row[]): TableRow[] {
  const by = ["task", "method", "beta"];
  const groups = Map.groupBy(
    end,
    (row) => by.map((column) => row[column]).join("\n"),
  );
  return [...groups.values()].map((rows) => {
    const { value, low, high, n } = successInterval(
      rows.filter(escaped).length,
      rows.length,
    );
    const [solved, right] = ["solved", "right"].map((column) =>
      meanInterval(rows.map((row) => row[column] as number))
    );
    const { task, method, beta } = rows[0];
    return {
      ...{ task, method, beta, seeds: n },
      ...{ success: value, successLow: low, successHigh: high },
      ...{ solved: solved.value, solvedLow: solved.low },
      ...{ solvedHigh: solved.high },
      ...{ right: right.value, rightLow: right.low, rightHigh: right.high },
    };
  });
}

/** The setting of each method with the most successes, the first of equals. */
function bestSettings(summary: readonly TableRow[]): TableRow[] {
  const groups = Map.groupBy(
    summary,
    ({ task, method }) => `${task}\n${method}`,
  );
  return [...groups.values()].map((rows) =>
    rows.reduce((a, b) => b.success as number > (a.success as number) ? b : a)
  );
}

function escapeVerdicts(end: readonly Row[]): VerdictRow[] {
  return distinct<string>(end, "task").flatMap((task) =>
    [group, "ADRPO-GRPO, ±beta0", repaired, running].map((method) =>
      judge({
        claim: `${method} escapes more often than GRPO, k3, ${task}`,
        source,
        statistic: "success rate over its grid, less that of GRPO, k3",
        ...successDifference(
          where(end, { task, method }),
          where(end, { task, method: "GRPO, k3" }),
        ),
        rule: above(0),
      })
    )
  );
}

/** The difference of the mean success over the grid of each seed. */
function successDifference(a: readonly Row[], b: readonly Row[]) {
  const rate = (rows: readonly Row[], seed: number) => {
    const own = where(rows, { seed });
    return own.filter(escaped).length / own.length;
  };
  return meanInterval(
    distinct<number>(a, "seed").map((seed) => rate(a, seed) - rate(b, seed)),
  );
}

function resettingVerdicts(run: Run): VerdictRow[] {
  return Object.entries({
    "group-centred advantages": group,
    "a running baseline": running,
  }).map(([name, method]) => {
    const windows = where(run.rows, { task: stuckTask, method })
      .filter((row) => row.iteration !== 0 && stuck(row));
    const rises = distinct<number>(windows, "seed").map((seed) => {
      const own = where(windows, { seed });
      return own.reduce((sum, row) => sum + rise(row), 0) / own.length;
    });
    return judge({
      claim:
        `beta_eff rises noticeably while the policy is stuck, with ${name}`,
      source,
      statistic: "mean beta_eff less beta0, over the windows of stuck members",
      ...(rises.length > 0
        ? meanInterval(rises)
        : { value: NaN, low: -Infinity, high: Infinity, n: 0 }),
      rule: above(0.005),
    });
  });
}

/** How much nearer to the reference a stuck policy has come at the end. */
function returnVerdict(run: Run): VerdictRow {
  const rows = where(run.rows, { task: stuckTask, method: group });
  const [start, end] = [where(rows, { iteration: 0 }), lastRows(rows)];
  const stays = end.map((row, i) => ({ row, before: start[i] }))
    .filter(({ row }) => stuck(row));
  const changes = distinct<number>(rows, "seed").flatMap((seed) => {
    const own = stays.filter(({ row }) => row.seed === seed);
    return own.length === 0 ? [] : [
      own.reduce(
        (sum, { row, before }) =>
          sum + (row.klExact as number) - (before.klExact as number),
        0,
      ) / own.length,
    ];
  });
  return judge({
    claim: "A policy that stays stuck is pulled back toward the reference",
    source,
    statistic: "KL from the reference, end minus start, unclipped ADRPO (nats)",
    ...(changes.length > 0
      ? meanInterval(changes)
      : { value: NaN, low: -Infinity, high: Infinity, n: 0 }),
    rule: below(0),
  });
}

const rise = (row: Row) => (row.betaMean as number) - (row.beta as number);

/** How the settings of a grid are told apart in the bars. */
const ranks = ["smallest coefficient", "middle", "largest coefficient"];

function successFigure(summary: readonly TableRow[]): Figure {
  const list = distinct<string>(summary as Row[], "task").map((task) => {
    const rows = summary.filter((row) => row.task === task);
    const groups = Map.groupBy(rows, ({ method }) => method);
    const data = ranks.flatMap((name, rank) => {
      const bars = [...groups.values()].flatMap((settings) =>
        settings[rank]
          ? [{ ...settings[rank], method: shortName(settings[rank]) }]
          : []
      );
      return bars.length === 0 ? [] : barsWithIntervals(bars, {
        x: "method",
        y: "success",
        name,
        style: rank,
      });
    });
    return {
      title: task,
      yTitle: "success rate",
      xaxis: { tickangle: -35 },
      yaxis: { range: [0, 1.02] },
      data,
    };
  });
  return panels(list, {
    title:
      "Escapes from the local optimum: share of seeds, 95% Wilson intervals",
    columns: 2,
    width: 1100,
    rowHeight: 380,
  });
}

const shortName = ({ method }: TableRow) =>
  (method as string).replace("ADRPO-GRPO", "ADRPO");

const followed = [
  "GRPO, no KL",
  "GRPO, k3",
  "GRPO, exact KL",
  group,
  repaired,
  running,
];

function trainingFigure(run: Run): Figure {
  const list = distinct<string>(run.rows, "task").map((task) => {
    const series = followed.map((name) => {
      const rows = where(run.rows, { task, method: name });
      const betas = distinct<number>(rows, "beta");
      const beta = betas[Math.floor(betas.length / 2)];
      return {
        name,
        style: languageStyle(name),
        rows: summarise(where(rows, { beta }), {
          by: ["iteration"],
          metrics: ["right"],
        }),
      };
    });
    return {
      ...trainingPanel(series, {
        title: task,
        metric: "right",
        yTitle: "probability of a right answer",
      }),
      yaxis: { rangemode: "tozero" as const },
    };
  });
  return panels(list, {
    title: "Right answers over training, middle coefficient of each method",
    columns: 2,
    width: 1040,
    rowHeight: 340,
  });
}

function resettingFigure(run: Run): Figure {
  const windows = where(run.rows, { task: stuckTask })
    .filter(({ iteration }) => iteration !== 0)
    .map((row) => ({ ...row, rise: rise(row) }));
  const metrics = ["rise", "right", "klExact"];
  const series = [group, running].map((name) => {
    const rows = where(windows, { method: name });
    const betas = distinct<number>(rows, "beta");
    return {
      name,
      style: languageStyle(name),
      rows: summarise(
        where(rows, { beta: betas[Math.floor(betas.length / 2)] }),
        {
          by: ["iteration"],
          metrics,
        },
      ),
    };
  });
  const titles: Record<string, string> = {
    rise: "mean beta_eff - beta0",
    right: "probability of a right answer",
    klExact: "KL from the reference (nats)",
  };
  const list = metrics.map((metric) =>
    trainingPanel(series, {
      title: titles[metric],
      metric,
      yTitle: titles[metric],
    })
  );
  return panels(list, {
    title:
      "Does beta_eff rise while the policy is stuck? From the stuck policy",
    columns: 3,
    width: 1040,
    rowHeight: 300,
  });
}
