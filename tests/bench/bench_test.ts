import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertThrows,
} from "@std/assert";
import { parseBench } from "../../lib/tasks/bench.ts";
import { contenders, growths } from "../../lib/bench/benchmarks.ts";
import { Contender } from "../../lib/bench/contender.ts";
import {
  languageBenchmarks,
  languageGrowths,
  loadingBenchmark,
} from "../../lib/bench/language_benchmarks.ts";
import { loading, timeLoading } from "../../lib/bench/loading.ts";
import { measure } from "../../lib/bench/measure.ts";
import { fastest, ratioOf } from "../../lib/bench/ratios.ts";
import { targetRows, timeRows } from "../../lib/bench/rows.ts";
import { distance } from "../../lib/bench/same_values.ts";
import { sd3Benchmarks } from "../../lib/bench/sd3_benchmarks.ts";

const times = (name: string, seconds: number[]) => ({
  name,
  seconds,
  firstSeconds: 0.1,
  megabytes: 50,
});
const work = { kind: "flow_train", width: 8, batch: 6, members: 1 } as const;

Deno.test("a command line asks for peers, threads and keeping", () => {
  assertEquals(parseBench(["--peers", "--threads", "2", "--keep"]), {
    peers: true,
    quick: false,
    threads: 2,
    keep: true,
  });
  assertEquals(parseBench(["--only", "(g)"]).only, "(g)");
  assertThrows(() => parseBench(["--threads", "0"]), RangeError, '"0"');
  assertThrows(() => parseBench(["--quick", "--keep"]), RangeError, "--quick");
  assertThrows(() => parseBench(["--fast"]), TypeError, "--fast");
});

Deno.test("a ratio is the median of ratios taken together, in its interval", () => {
  // 1/2, 10/10, 3/4, 1/2, 2/4: the median is 1/2.
  const ratio = ratioOf([1, 10, 3, 1, 2], [2, 10, 4, 2, 4]);
  assertEquals(ratio.value, 0.5);
  assert(ratio.low === 0.5 && ratio.high === 1);
});

Deno.test("the fastest is the one of the least median, not mean", () => {
  const steady = times("steady", [2, 2, 2]);
  const spiky = times("spiky", [1, 1, 100]);
  assertEquals(fastest([steady, spiky])?.name, "spiky");
  assertEquals(fastest([]), undefined);
});

Deno.test("targets are judged by intervals, against the best of a kind", () => {
  const { graph, loop, torch, jax, jaxScan } = contenders;
  const measured = [
    times(graph, [3, 3, 3]),
    times(loop, [2, 2, 2]),
    times(torch, [8, 8, 8]),
    times(jax, [4, 4, 4]),
    times(jaxScan, [1, 2, 4]),
  ];
  const rows = targetRows({
    name: "some work",
    targets: [
      { against: [torch], most: 0.3 },
      { against: [torch], most: 0.2 },
      { against: [jax, jaxScan], most: 1 },
      { against: [contenders.tfjs], most: 0.1 },
    ],
  }, measured);
  assertEquals(
    rows.map(({ against, measured, verdict }) => [against, measured, verdict]),
    [
      [torch, 0.25, "reached"],
      [torch, 0.25, "not reached"],
      [jaxScan, 1, "undecided"],
      ["first call, s", 0.1, "reached"],
    ],
  );
  assertEquals(rows[0].ours, loop);
});

Deno.test("first calls and memory are judged beside the contender's", () => {
  const { graph, torch } = contenders;
  const measured = [
    { ...times(graph, [1]), firstSeconds: 6, megabytes: 900 },
    { ...times(torch, [2]), firstSeconds: 3, megabytes: 1000 },
  ];
  const rows = targetRows({
    name: "some work",
    targets: [
      { against: [torch], most: 1.5, of: "first call" },
      { against: [torch], most: 1, of: "memory" },
    ],
  }, measured);
  assertEquals(
    rows.map(({ against, measured, verdict }) => [against, measured, verdict]),
    [
      ["PyTorch eager, first call", 2, "not reached"],
      ["PyTorch eager, memory", 0.9, "reached"],
    ],
  );
});

Deno.test("rows of times compare with our fastest way", () => {
  const measured = [
    times(contenders.graph, [0.002, 0.002]),
    times(contenders.torch, [0.004, 0.004]),
  ];
  const [ours, other] = timeRows("some work", measured, {
    [contenders.torch]: 1e-7,
  });
  assertEquals([ours.ratio, other.ratio], [1, 0.5]);
  assertEquals([ours.ms, other.ms], [2, 4]);
  assertEquals([ours.difference, other.difference], [null, 1e-7]);
  assertEquals(ours.megabytes, 50);
});

Deno.test("numbers of other lengths, or none, are infinitely far", () => {
  assertEquals(distance([1, 2], [1, 2.5]), 0.25);
  assertEquals(distance([1], [1, 2]), Infinity);
  assertEquals(distance([1], [NaN]), Infinity);
});

Deno.test("the rows of a language model are of its sizes, each with a target", () => {
  const rows = languageBenchmarks("a folder");
  const { eager, graph, bf16, torch, torchBf16 } = contenders;
  for (const { name, work, targets, untimed, contenders: taking } of rows) {
    assertObjectMatch(work, {
      ...{ path: "a folder", promptTokens: 24, answerTokens: 16 },
    });
    const batch = "batch" in work
      ? work.batch
      : "contexts" in work
      ? work.contexts * work.perContext
      : 0;
    assertEquals(batch, 32, name);
    assertEquals(untimed, eager, name);
    const inBf16 = taking!.includes(bf16);
    assertEquals(taking, [
      eager,
      ...inBf16 ? [bf16, torchBf16] : [graph, torch],
    ]);
    const [{ against, most }] = targets;
    assert(most < 1 && against.every((name) => taking!.includes(name)), name);
  }
});

Deno.test("rows of Stable Diffusion 3 are of one pipeline, each with targets", () => {
  const rows = sd3Benchmarks("a folder");
  const { eager, graph, torch } = contenders;
  for (const { name, work, targets, untimed, contenders: taking } of rows) {
    assertObjectMatch(work, { path: "a folder", prompts: 2, perContext: 4 });
    assertEquals({ taking, untimed }, {
      taking: [eager, graph, torch],
      untimed: eager,
    });
    assertEquals(
      targets.map(({ against, most, of }) => [against, most, of]),
      [
        [[torch], 0.8, undefined],
        [[torch], 1.5, "first call"],
        [[torch], 1, "memory"],
      ],
      name,
    );
  }
  assertEquals(rows.length, 2);
});

Deno.test("the memory of a process is its most, so that sizes grow", () => {
  for (const { axis, sizes } of [...growths, ...languageGrowths("")]) {
    assertEquals(sizes, sizes.toSorted((a, b) => a - b), axis);
  }
});

Deno.test("loading is timed call by call, apart from the first", async () => {
  const contender = new Contender("deno", ["eval", slowFirst], {});
  const loaders = [
    { name: loading.ours, contender, ask: "load" },
    { name: loading.file, contender, ask: "read" },
  ] as const;
  const effort = { repetitions: 2, blockSeconds: 0 };
  const measured = await timeLoading("a folder", loaders, effort);
  await contender.close();
  assertEquals(measured, [
    { name: "ours", firstSeconds: 9, seconds: [3, 3], megabytes: 7 },
    {
      name: "reading the file",
      firstSeconds: 9,
      seconds: [2, 2],
      megabytes: 7,
    },
  ]);
  const [row] = targetRows(loadingBenchmark, measured);
  assertEquals([row.measured, row.verdict], [1.5, "reached"]);
});

/** A contender that loads a model; the first time of each takes longer. */
const slowFirst = `
const seen = new Set();
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const line of chunk.trim().split("\\n")) {
    const { ask, path } = JSON.parse(line);
    const seconds = seen.has(ask) ? { load: 3, read: 2 }[ask] : 9;
    seen.add(ask);
    const loaded = path === "a folder" ? { seconds } : { error: "no model" };
    console.log(JSON.stringify(ask === "memory" ? { megabytes: 7 } : loaded));
  }
}`;

/** A contender that says in what order it is asked, and cannot do one way. */
const echo = `
let asked = [];
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const line of chunk.trim().split("\\n")) {
    const { ask, way, key, calls } = JSON.parse(line);
    if (ask === "measure") asked.push(key);
    const replies = {
      prepare: way === "none" ? { error: "no way" } : { pieces: 2, firstSeconds: 1 },
      measure: { seconds: calls * (key === "slow" ? 4 : 1) },
      memory: { megabytes: 7 },
      drop: {},
      order: { order: asked },
    };
    console.log(JSON.stringify(replies[ask]));
  }
}`;

Deno.test("entrants take turns; one that fails is left out and named", async () => {
  const contender = new Contender("deno", ["eval", echo], {});
  const entrants = ["slow", "fast", "none"]
    .map((way) => ({ name: `the ${way}`, contender, way }));
  const { times, failures } = await measure(work, entrants, "", {
    repetitions: 2,
    blockSeconds: 8,
  });
  const { order } = await contender.ask<{ order: string[] }>("order");
  await contender.close();
  // Seconds a piece: a call does two.
  assertEquals(times.map(({ name, seconds }) => [name, seconds]), [
    ["the slow", [2, 2]],
    ["the fast", [0.5, 0.5]],
  ]);
  assertEquals(times.map(({ megabytes }) => megabytes), [7, 7]);
  assertEquals(failures, [{ name: "the none", reason: "no way" }]);
  const turn = ["slow", "fast"];
  assertEquals(order, [...turn, ...turn, ...turn, ...turn]); // 2 to set up.
});

Deno.test("a contender that ends is an error, not a hang", async () => {
  const contender = new Contender("deno", ["eval", "Deno.exit(0)"], {});
  try {
    let message = "";
    await contender.ask("describe").catch((error) => message = error.message);
    assert(message.length > 0);
  } finally {
    await contender.close();
  }
});
