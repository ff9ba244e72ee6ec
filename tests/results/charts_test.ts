import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { closestOnFrontier, halfWay } from "../../lib/results/shares_chart.ts";
import * as kit from "../../lib/results/mod.ts";
import { looksOf } from "../../lib/results/theme.ts";
import { aRun, ownLook } from "./a_run.ts";

/** A trace, whatever its types say. */
// deno-lint-ignore no-explicit-any
type Loose = any;

const charts: Record<string, (run: Loose, options: Loose) => kit.Figure> = {
  frontsChart: (run, o) => kit.frontsChart(run, { y: "entropy", ...o }),
  trainingChart: (run, o) => kit.trainingChart(run, { y: "entropy", ...o }),
  sweepChart: (run, o) => kit.sweepChart(run, { y: "entropy", ...o }),
  barsChart: (run, o) =>
    kit.barsChart(run, { y: "entropy", by: "method", ...o }),
  sharesChart: (run, o) => kit.sharesChart(run, { y: ["left", "right"], ...o }),
  samplesChart: kit.samplesChart,
  picturesChart: (run, o) =>
    kit.picturesChart(run, { by: "coefficient", ...o }),
  answersChart: kit.answersChart,
};

/** The traces of a name. */
const named = ({ data }: kit.Figure, name: string): Loose[] =>
  data.filter((trace: Loose) => trace.name === name);

const headings = ({ layout }: kit.Figure): string[] =>
  layout.annotations!.map(({ text }) => text!);

for (const [name, draw] of Object.entries(charts)) {
  Deno.test(`${name}() draws a run that the kit has never seen`, async () => {
    const figure = draw(aRun(), {});
    const svg = await kit.renderSvg(figure);
    assert(svg.startsWith("<svg") && !svg.includes("NaN"), name);
  });

  Deno.test(`${name}() refuses what it does not know, and lists what there is`, () => {
    const wrong = (options: object, message: string, error = RangeError) =>
      assertThrows(() => draw(aRun(), options), error, message);
    wrong({ taks: ["east"] }, 'got "taks"', TypeError as never);
    wrong({ tasks: ["north"] }, 'of east; west, got "north"');
    wrong({ methods: ["yours"] }, 'of mine; bare; borrowed, got "yours"');
    wrong({ methods: [] }, "got none");
  });
}

Deno.test("charts of columns refuse one that the run does not have", () => {
  for (
    const name of ["frontsChart", "trainingChart", "sweepChart", "barsChart"]
  ) {
    assertThrows(
      () => charts[name](aRun(), { y: ["entropi"] }),
      RangeError,
      '"entropi"; did you mean entropy?',
    );
  }
});

Deno.test("a method has its own look in every chart, and one without another than all", () => {
  const looks = looksOf(aRun());
  assertEquals(looks.get("mine"), ownLook);
  assertEquals(looks.get("borrowed")!.color, "#0072B2");
  const colors = [...looks.values()].map(({ color }) => color);
  assertEquals(new Set(colors).size, 3);
  for (const name of ["frontsChart", "sweepChart"]) {
    const [trace] = named(charts[name](aRun(), {}), "mine");
    assertEquals([trace.line.color, trace.line.dash], ["#123456", "dot"]);
    assertEquals([trace.marker.symbol].flat()[0], "star");
  }
});

Deno.test("two methods of one look are told apart, however many there are", () => {
  const methods = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [
      `m${i}`,
      { coefficient: "beta", ...i < 2 && { look: ownLook } },
    ]),
  );
  const looks = [...looksOf({ methods }).values()];
  assertEquals(looks[0], ownLook);
  assertEquals(
    new Set(looks.map(({ color, symbol }) => color + symbol)).size,
    60,
  );
});

Deno.test("frontsChart() draws means at the end, and the exact frontier of its task", () => {
  const figure = kit.frontsChart(aRun(), { y: "entropy", methods: ["mine"] });
  const [east, west] = named(figure, "mine");
  // Means over seeds of 1 - coefficient and 2 coefficient, less 0.01.
  [0.89, 0.79, 0.59].forEach((x, i) => assertAlmostEquals(east.x[i], x));
  [0.19, 0.39, 0.79].forEach((y, i) => assertAlmostEquals(west.y[i], y));
  assertEquals(east.customdata, ["0.1", "0.2", "0.4"]);
  const exact = named(figure, "exact frontier");
  assertEquals(exact.length, 1);
  assertEquals([exact[0].x, exact[0].y], [[1, 0.5], [0.25, 0.5]]);
});

Deno.test("frontsChart() has no frontier that is out of view, whatever draws it", async () => {
  const drawn = async (
    points: number[][],
    entropy: (value: unknown) => number = Number,
  ) => {
    const run = aRun((row) => ({ ...row, entropy: entropy(row.entropy) }));
    const frontiers = points.map(([reward, entropy], lambda) => ({
      ...{ task: "east", lambda, reward, entropy },
    }));
    const figure = kit.frontsChart({ ...run, frontiers }, { y: "entropy" });
    await kit.renderPng(figure);
    return named(figure, "exact frontier").length;
  };
  assertEquals(await drawn([[0.4, 40], [9, 40]]), 0);
  assertEquals(await drawn([[-9, 0], [-8, 1], [-8, 9], [9, 9]]), 0);
  assertEquals(await drawn([[-9, 0.5], [9, 0.5]]), 1);
  const narrow = (value: unknown) => 50 + Number(value) / 1000;
  assertEquals(await drawn([[0.5, 3], [2, 3]], narrow), 0);
});

Deno.test("frontsChart() says what is beyond its axis, and points to it", () => {
  const figure = kit.frontsChart(aRun(), {
    ...{ y: "entropy", tasks: ["east"], methods: ["mine"] },
    range: { entropy: [0.3, 0.5] },
  });
  assertEquals(headings(figure), ["entropy (nats) (2 beyond)"]);
  const [trace] = named(figure, "mine");
  assertEquals(trace.marker.symbol, ["triangle-down", "star", "triangle-up"]);
  assertEquals([trace.y[0], trace.y[2]], [0.3, 0.5]);
});

Deno.test("charts leave a setting out whole in which a seed diverged, and say so", () => {
  const run = aRun((row) => ({
    ...row,
    alive: !(row.coefficient === 0.2 && row.seed === 1 && row.iteration === 20),
  }));
  const options = { y: "entropy", tasks: ["east"], methods: ["mine"] };
  const figure = kit.frontsChart(run, options);
  assertEquals(named(figure, "mine")[0].customdata, ["0.1", "0.4"]);
  assertEquals(headings(figure), ["entropy (nats) (1 diverged)"]);
  const training = kit.trainingChart(run, options);
  assertEquals(named(training, "mine, gamma = 0.2")[0].x, [0, 10]);
});

Deno.test("trainingChart() follows the middle coefficient from iteration 0 on", () => {
  const figure = kit.trainingChart(aRun(), { y: ["entropy", "logged"] });
  const [entropy] = named(figure, "mine, gamma = 0.2");
  assertEquals(entropy.x, [0, 10, 20]);
  // What is logged starts later, on an axis that does not.
  assertEquals(named(figure, "mine, gamma = 0.2")[2].x, [10, 20]);
  assertEquals((figure.layout as Loose).xaxis3.range[0], 0);
  const all = kit.trainingChart(aRun(), {
    ...{ y: "entropy", methods: ["mine"], coefficient: "all" },
  });
  for (const value of [0.1, 0.2, 0.4]) {
    assertEquals(named(all, `mine, gamma = ${value}`).length, 2);
  }
  assertThrows(
    () => kit.trainingChart(aRun(), { y: "entropy", coefficient: 7 }),
    RangeError,
    'to be "middle", "all" or one of 0.1, 0.2, 0.4, got 7',
  );
});

Deno.test("each panel draws the rows of its own task and method", () => {
  const place = { east: 1, west: 2, mine: 10, bare: 20, borrowed: 30 };
  const valueOf = (task: unknown, method: unknown) =>
    place[task as "east"] + place[method as "mine"];
  const run = aRun((row) => ({
    ...row,
    entropy: valueOf(row.task, row.method),
  }));
  for (
    const [name, of] of [
      ["frontsChart", "bare"],
      ["trainingChart", "bare, beta = 0.2"],
      ["sweepChart", "bare"],
    ]
  ) {
    const drawn = named(charts[name](run, {}), of)
      .filter(({ y }) => y.length > 1);
    assertEquals(drawn.map(({ y }) => y[1]), [21, 22], name);
  }
  const dots: Loose[] = charts.barsChart(run, {}).data.filter(
    ({ mode }: Loose) => mode === "markers",
  );
  assertEquals(dots.map(({ x }) => x[0]), [11, 21, 31, 12, 22, 32]);
});

Deno.test("panels of a column have one scale", () => {
  const run = aRun((row) => ({
    ...row,
    entropy: (row.task === "east" ? 30 : 1) * Number(row.entropy),
  }));
  for (const name of ["frontsChart", "trainingChart", "sweepChart"]) {
    const { layout } = charts[name](run, {});
    assertEquals((layout as Loose).yaxis.range, (layout as Loose).yaxis2.range);
  }
  const dots = charts.barsChart(run, {}).layout as Loose;
  assertEquals(dots.xaxis.range, dots.xaxis2.range);
  const bars = charts.barsChart(run, { by: "coefficient" }).layout as Loose;
  assertEquals(bars.yaxis.range, bars.yaxis6.range);
});

Deno.test("barsChart() draws success rates over seeds, zeros too", () => {
  const figure = kit.barsChart(aRun(), {
    y: { escaped: ({ seed, method }) => method === "mine" && seed !== 2 },
    by: "method",
    tasks: ["east"],
  });
  const dots: Loose[] = figure.data.filter(({ mode }: Loose) =>
    mode === "markers"
  );
  assertEquals(dots.map(({ x }) => x), [
    [2 / 3, 2 / 3, 2 / 3],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  // Wilson's interval of none in three ends at 3.84 / (3 + 3.84).
  assertAlmostEquals(dots[1].error_x.array[0], 0.5615, 1e-3);
  assert((figure.layout as Loose).xaxis.range[0] < 0);
});

Deno.test("sharesChart() says each setting and reward, and shows the nearest optimum", () => {
  const figure = kit.sharesChart(aRun(), {
    ...{ y: ["left", "right"], methods: ["mine", "bare"], reward: 0.6 },
    tasks: ["east"],
  });
  assertEquals(headings(figure), [
    "mine, gamma 0.4, reward 0.59",
    "bare, beta 0.4, reward 0.59",
  ]);
  const exact: Loose[] = figure.data.filter(({ mode }: Loose) =>
    mode === "markers"
  );
  // All is right: as at lambda 1.
  assertEquals(exact[0].y, [0, 1]);
});

Deno.test("closestOnFrontier() measures by total variation", () => {
  const points = [{ a: 0.5, b: 0.5 }, { a: 1, b: 0 }];
  const fit = closestOnFrontier(points, { a: 8, b: 2 }, ["a", "b"])!;
  assertEquals(fit.point, points[1]);
  assertAlmostEquals(fit.distance, 0.2);
  assertEquals(closestOnFrontier(points, { c: 1 }, ["c"]), undefined);
});

Deno.test("halfWay() is the first row half-way up to the largest reward", () => {
  const rows = [0, 0.4, 0.5, 1, 0.9].map((reward) => ({ reward }));
  assertEquals(halfWay(rows), rows[2]);
});

Deno.test("samplesChart() tells modes and samples apart", () => {
  const figure = kit.samplesChart(aRun(), {
    ...{ tasks: ["east"], methods: ["mine"], modes: [[0, 2]] },
  });
  const [modes] = named(figure, "modes of the data");
  const [samples] = named(figure, "mine");
  assertEquals(samples.marker.color, "#123456");
  assert(modes.marker.symbol.endsWith("-open"));
  assert(modes.marker.size > 2 * samples.marker.size);
  // The middle coefficient.
  assertEquals(samples.y, [0.2]);
});
