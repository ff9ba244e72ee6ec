import { assertEquals, assertThrows } from "@std/assert";
import { frontsChart } from "../../lib/results/fronts_chart.ts";
import { report } from "../../lib/results/report.ts";
import { atEnd, atStart, distinct, where } from "../../lib/results/rows.ts";
import { eachSeed } from "../../lib/results/per_seed.ts";
import { above } from "../../lib/results/rules.ts";
import { aRun } from "./a_run.ts";

Deno.test("report() summarises the end, judges the claims and draws the charts", () => {
  const found = report(aRun(), {
    claims: [{
      claim: "It earns",
      quotes: "my own hunch",
      statistic: "mean reward",
      rule: above(0),
      cases: [{ task: "west" }],
      measure: (rows, { task }) =>
        eachSeed(where(atEnd(rows), { task }), ([row]) => Number(row.reward)),
    }],
    charts: { fronts: (run) => frontsChart(run, { y: "entropy" }) },
  });
  assertEquals(Object.keys(found.figures), ["own_fronts"]);
  assertEquals(found.verdicts[0].case, "the west");
  assertEquals(found.summary.length, 18);
  assertEquals(Object.keys(found.summary[0]), [
    ...["task", "method", "coefficient", "seeds"],
    ...["reward", "entropy", "logged", "left", "right"]
      .flatMap((name) => [name, `${name}Low`, `${name}High`]),
  ]);
  // Of seeds 0, 1, 2 at coefficient 0.1: 0.9 less 0.01.
  assertEquals(Number(found.summary[0].reward).toFixed(6), "0.890000");
});

Deno.test("report() names the chart that cannot be drawn, and refuses other options", () => {
  assertThrows(
    () =>
      report(aRun(), {
        claims: [],
        charts: { fronts: (run) => frontsChart(run, { y: "entropi" }) },
      }),
    Error,
    'Cannot draw the chart "fronts": Expected y of frontsChart',
  );
  assertThrows(
    () => report(aRun(), { claims: [], charts: {}, headlines: [] } as never),
    TypeError,
    'only claims, charts, summarise, tuning, got "headlines"',
  );
});

Deno.test("atEnd() is each run's own last evaluation", () => {
  const { rows } = aRun();
  const stopped = rows.filter(({ task, iteration }) =>
    task === "east" || iteration !== 20
  );
  const end = atEnd(stopped);
  assertEquals(distinct(where(end, { task: "east" }), "iteration"), [20]);
  assertEquals(distinct(where(end, { task: "west" }), "iteration"), [10]);
  assertEquals(end.length, 54);
  assertEquals(distinct(atStart(rows), "iteration"), [0]);
});

Deno.test("where() takes lists, and refuses a misspelt column", () => {
  const { rows } = aRun();
  assertEquals(where(rows, { seed: [0, 2] }).length, rows.length * 2 / 3);
  assertThrows(
    () => where(rows, { taks: "east" }),
    TypeError,
    '"taks"; did you mean task?',
  );
  const error = assertThrows(() => where([{ seed: 0, bin3: 1 }], { xyz: 1 }));
  assertEquals(
    (error as Error).message,
    'Expected a column of seed, got "xyz"',
  );
});
