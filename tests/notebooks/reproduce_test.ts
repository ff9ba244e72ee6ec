import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Comparison } from "../../lib/results/kept_experiments.ts";
import { comparisonText } from "../../lib/notebooks/comparison_text.ts";
import { shareCores } from "../../lib/notebooks/reproduce.ts";
import { parseRequest } from "../../lib/tasks/reproduce.ts";
import { takeTurns } from "../../lib/notebooks/take_turns.ts";

const all = ["00_start_here", "01_mode_collapse", "02_fixed_beta"];

Deno.test("without arguments all notebooks run at the laptop scale", () => {
  const paths = all.map((name) => `notebooks/${name}.ipynb`);
  const expected = { scale: "laptop", keep: false, paths } as const;
  assertEquals(parseRequest([], all), expected);
});

Deno.test("named notebooks run in the kit's order, whatever theirs", () => {
  const args = ["02_fixed_beta.ipynb", "00_start_here"];
  assertEquals(parseRequest(args, all).paths, [
    "notebooks/00_start_here.ipynb",
    "notebooks/02_fixed_beta.ipynb",
  ]);
});

Deno.test("unknown scales, notebooks and options are refused by name", () => {
  assertThrows(
    () => parseRequest(["--scale", "huge"], all),
    RangeError,
    "huge",
  );
  assertThrows(() => parseRequest(["05_none"], all), RangeError, "05_none");
  assertThrows(() => parseRequest(["--sacle=full"], all), TypeError, "sacle");
});

Deno.test("only a laptop run is kept", () => {
  assert(parseRequest(["--keep"], all).keep);
  for (const scale of ["smoke", "full"]) {
    const args = ["--keep", "--scale", scale];
    assertThrows(() => parseRequest(args, all), RangeError, scale);
  }
});

Deno.test("what was measured stands beside what was kept", () => {
  const graded: Comparison = {
    experiment: "collapse",
    claim: "the reward rises",
    case: "graded modes",
    kept: 0.8,
    low: 0.7,
    high: 0.9,
    measured: 0.95,
    inside: false,
    keptVerdict: "holds",
    measuredVerdict: "holds",
  };
  const everywhere: Comparison = {
    ...graded,
    case: "",
    measured: 0.75,
    inside: true,
    keptVerdict: "holds",
    measuredVerdict: "undecided here",
  };
  const fresh: Comparison = {
    ...graded,
    experiment: "fronts",
    kept: null,
    low: null,
    high: null,
    inside: null,
    keptVerdict: null,
  };
  assertEquals(comparisonText([graded, everywhere, fresh]).split("\n"), [
    "                                   kept [95% interval]  measured",
    "collapse",
    "  the reward rises (graded modes)  0.80 [0.70, 0.90]    0.95      OUTSIDE; holds",
    "  the reward rises                 0.80 [0.70, 0.90]    0.75      inside; holds -> undecided here",
    "fronts",
    "  the reward rises (graded modes)  nothing kept         0.95      holds",
  ]);
});

Deno.test("cores are shared among notebooks, and a GPU is not", () => {
  const gpu = false;
  assertEquals(shareCores(9, { cores: 2, gpu }), { atOnce: 2, threads: 1 });
  assertEquals(shareCores(9, { cores: 16, gpu }), { atOnce: 4, threads: 2 });
  assertEquals(shareCores(1, { cores: 2, gpu }), { atOnce: 1, threads: 1 });
  assertEquals(shareCores(1, { cores: 3, gpu }), { atOnce: 1, threads: 2 });
  assertEquals(shareCores(9, { cores: 1, gpu }), { atOnce: 1, threads: 1 });
  assertEquals(shareCores(9, { cores: 6, gpu: true }), {
    atOnce: 1,
    threads: 3,
  });
});

Deno.test("takeTurns() keeps to the limit and begins nothing after a failure", async () => {
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const all = takeTurns([0, 1, 2, 3, 4], 2, (item) => {
    begun.push(item);
    return ends[item].promise;
  });
  assertEquals(begun, [0, 1]);
  ends[0].resolve();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(begun, [0, 1, 2]);
  ends[2].reject(new Error("two"));
  await new Promise((resolve) => setTimeout(resolve));
  ends[1].reject(new Error("one"));
  await assertRejects(() => all, AggregateError, "two\n\none");
  assertEquals(begun, [0, 1, 2]);
});
