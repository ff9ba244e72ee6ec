import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { judge } from "../../lib/results/judge.ts";
import {
  compareVerdicts,
  keepRun,
  loadExperiment,
} from "../../lib/results/kept_experiments.ts";
import { figure } from "../../lib/results/figure.ts";
import { loadFigure } from "../../lib/results/figure_files.ts";
import { above } from "../../lib/results/rules.ts";
import type { ExperimentRecord } from "../../lib/results/report.ts";
import { saveExperiment } from "../../lib/results/save_experiment.ts";
import { inFolder } from "../in_folder.ts";

function record(reward: number, scale = "laptop"): ExperimentRecord {
  const estimate = {
    value: reward,
    low: reward - 0.1,
    high: reward + 0.1,
    n: 2,
  };
  return {
    experiment: "fixed_beta",
    scale,
    config: { seeds: [0, 1], beta: [0.1, 1] },
    rows: [{ seed: 0, reward: 1 / 3 }, { seed: 1, reward }],
    summary: [{ seeds: 2, reward }],
    verdicts: judge([
      {
        claim: "reward rises",
        case: "",
        task: "",
        quotes: "ORW-CFM-W2",
        statistic: "reward",
        ...estimate,
        rule: above(0.5),
      },
    ]),
    figures: {
      reward_line: figure([{ x: [0, 1], y: [1 / 3, reward] }], { title: "R" }),
    },
  };
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("what is saved is loaded", () =>
  inFolder(async (runs) => {
    const saved = record(0.8);
    const folder = await saveExperiment(saved, { runs });
    const { environment, ...loaded } = await loadExperiment(folder);
    const { figures: _, ...handed } = saved;
    assertEquals(loaded, handed as typeof loaded);
    assertEquals(environment.deno, Deno.version.deno);
    assert(["tensorflow", "webgpu", "wasm"].includes(environment.backend));
    assertEquals(names(folder), [
      "config.json",
      "environment.json",
      "rows.csv.gz",
      "summary.csv",
      "verdicts.csv",
    ]);
    assertEquals(names(join(runs, "figures")), [
      "reward_line.json",
      "reward_line.svg",
    ]);
    const kept = await loadFigure(join(runs, "figures", "reward_line.json"));
    // Six significant digits.
    assertEquals((kept.data[0] as { y: number[] }).y, [0.333333, 0.8]);
  }));

Deno.test("a damaged file of an experiment is refused, and named", () =>
  inFolder(async (runs) => {
    const folder = await saveExperiment(record(0.8), { runs });
    const figure = join(runs, "figures", "reward_line.json");
    const whole = ["config.json", "environment.json", "rows.csv.gz"];
    for (const path of [figure, ...whole.map((name) => join(folder, name))]) {
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.subarray(0, bytes.length / 2));
      await assertRejects(
        () => path === figure ? loadFigure(path) : loadExperiment(folder),
        RangeError,
        path,
      );
      await Deno.writeFile(path, bytes);
    }
  }));

Deno.test("a run that fails half-way leaves the old result whole", () =>
  inFolder(async (runs) => {
    const folder = await saveExperiment(record(0.8), { runs });
    const broken = { ...record(0.9), verdicts: [{ a: 1 }, { b: 2 }] as never };
    await assertRejects(() => saveExperiment(broken, { runs }), TypeError);
    assertEquals((await loadExperiment(folder)).summary, [
      { seeds: 2, reward: 0.8 },
    ]);
    assertEquals(names(join(runs, "results")), ["fixed_beta"]);
  }));

Deno.test("a second run takes the place of the first", () =>
  inFolder(async (runs) => {
    await saveExperiment(record(0.8), { runs });
    const folder = await saveExperiment(record(0.9), { runs });
    assertEquals((await loadExperiment(folder)).summary, [
      { seeds: 2, reward: 0.9 },
    ]);
    assertEquals(names(join(runs, "results")), ["fixed_beta"]);
  }));

Deno.test("names that would leave the folder are refused", () =>
  inFolder(async (runs) => {
    const out = { ...record(0.8), experiment: "../out" };
    await assertRejects(
      () => saveExperiment(out, { runs }),
      RangeError,
      "../out",
    );
    const figures = { "a/b": record(0).figures.reward_line };
    await assertRejects(
      () => saveExperiment({ ...record(0.8), figures }, { runs }),
      RangeError,
      "a/b",
    );
    assertEquals(names(runs), []);
  }));

Deno.test("keepRun() copies a laptop run, and refuses the others", () =>
  inFolder(async (folder) => {
    const [runs, data] = [join(folder, "runs"), join(folder, "data")];
    for (const scale of ["smoke", "full"]) {
      await assertRejects(
        () => keepRun(scale, { runs, data }),
        RangeError,
        scale,
      );
    }
    await assertRejects(
      () => keepRun("laptop", { runs, data }),
      RangeError,
      "found no result",
    );
    await saveExperiment(record(0.8), { runs });
    await saveExperiment({ ...record(0.7), experiment: "collapse" }, { runs });
    assertEquals(await keepRun("laptop", { runs, data }), [
      "collapse",
      "fixed_beta",
    ]);
    assertEquals(names(join(data, "results")), ["collapse", "fixed_beta"]);
    assertEquals(names(join(data, "figures")), names(join(runs, "figures")));
    assertEquals(
      await loadExperiment(join(data, "results", "collapse")),
      await loadExperiment(join(runs, "results", "collapse")),
    );
  }));

Deno.test("keepRun() keeps no part of the study, nor its figures", () =>
  inFolder(async (folder) => {
    const [runs, data] = [join(folder, "runs"), join(folder, "data")];
    const { reward_line } = record(0).figures;
    const part = {
      ...record(0.8),
      experiment: "part_adrpo",
      figures: { part_adrpo_fronts: reward_line },
    };
    await saveExperiment(part, { runs });
    await assertRejects(
      () => keepRun("laptop", { runs, data }),
      RangeError,
      "found no result",
    );
    await saveExperiment(record(0.8), { runs });
    assertEquals(await keepRun("laptop", { runs, data }), ["fixed_beta"]);
    assertEquals(names(join(data, "results")), ["fixed_beta"]);
    assertEquals(names(join(data, "figures")), [
      "reward_line.json",
      "reward_line.svg",
    ]);
  }));

Deno.test("compareVerdicts() sets a part beside the whole study, of either track", () =>
  inFolder(async (folder) => {
    const [kept, measured] = [join(folder, "kept"), join(folder, "measured")];
    const save = (runs: string, experiment: string, names: string[]) => {
      const { verdicts: [verdict], ...saved } = record(0.8);
      const verdicts = names.map((name) => ({ ...verdict, case: name }));
      return saveExperiment({ ...saved, experiment, verdicts, figures: {} }, {
        runs,
      });
    };
    await save(kept, "study_flow", ["graded", "hack"]);
    await save(kept, "study_language", ["sums"]);
    await save(kept, "fixed_beta", ["its own"]);
    await save(measured, "part_two", ["hack", "sums", "its own"]);
    await save(measured, "fixed_beta", ["graded", "its own"]);
    const rows = await compareVerdicts(
      join(kept, "results"),
      join(measured, "results"),
    );
    assertEquals(
      rows.map((row) => [row.experiment, row.case, row.kept]),
      [
        ["fixed_beta", "graded", null],
        ["fixed_beta", "its own", 0.8],
        ["part_two", "hack", 0.8],
        ["part_two", "sums", 0.8],
        ["part_two", "its own", null],
      ],
    );
  }));

Deno.test("compareVerdicts() sets the measured beside the kept of claim and case", () =>
  inFolder(async (folder) => {
    const [kept, measured] = [join(folder, "kept"), join(folder, "measured")];
    await saveExperiment(record(0.8), { runs: kept });
    const now = record(0.55, "smoke");
    const [verdict] = now.verdicts;
    const elsewhere = { ...verdict, case: "the west" };
    await saveExperiment({ ...now, verdicts: [verdict, elsewhere] }, {
      runs: measured,
    });
    const rows = await compareVerdicts(
      join(kept, "results"),
      join(measured, "results"),
    );
    const own = { experiment: "fixed_beta", claim: "reward rises" };
    assertEquals(rows, [
      {
        ...own,
        case: "",
        kept: 0.8,
        low: 0.7000000000000001,
        high: 0.9,
        measured: 0.55,
        inside: false,
        keptVerdict: "holds",
        measuredVerdict: "undecided here",
      },
      {
        ...own,
        case: "the west",
        kept: null,
        low: null,
        high: null,
        measured: 0.55,
        inside: null,
        keptVerdict: null,
        measuredVerdict: "undecided here",
      },
    ]);
  }));

Deno.test("a measured value that rounding alone puts outside is inside", () =>
  inFolder(async (folder) => {
    const [kept, measured] = [join(folder, "kept"), join(folder, "measured")];
    await saveExperiment(record(0.8), { runs: kept }); // Up to 0.9.
    for (const [value, inside] of [[0.90005, true], [0.9002, false]] as const) {
      await saveExperiment(record(value), { runs: measured });
      const [verdict] = await compareVerdicts(
        join(kept, "results"),
        join(measured, "results"),
      );
      assertEquals(verdict.inside, inside, `${value}`);
    }
  }));
