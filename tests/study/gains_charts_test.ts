import {
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { dataDir } from "../../lib/data/files.ts";
import { saveFigure } from "../../lib/results/figure_files.ts";
import { readVerdicts } from "../../lib/results/kept_experiments.ts";
import {
  doseChart,
  doseGains,
  loadStudies,
  readProtocols,
  sizeGains,
  sizesChart,
} from "../../lib/study/mod.ts";
import { inFolder } from "../in_folder.ts";

const protocols = await readProtocols();
const language = await loadStudies(protocols, "language");
const flow = await loadStudies(protocols, "flow");

Deno.test("each dose has its gain over a fixed beta, by the verdicts' own numbers", async () => {
  const gains = doseGains(language);
  const all = [-1, -0.5, -0.25, 0, 0.25, 0.5, 1];
  for (const series of ["exact KL", "k2", "k3"]) {
    const own = gains.filter((row) => row.series === series);
    assertEquals(own.map(({ x }) => x), all, series);
    assertEquals(own[3].gain, 0);
  }
  // At s = -1 with the exact KL, and at the doses that protocol 2 judged against s = 0.
  const first = await readVerdicts(join(dataDir, "results/study_language"));
  const second = await readVerdicts(join(dataDir, "results/study_language_2"));
  const judged = [
    ["exact KL", -1, first, "language: rivals", "GRPO, exact KL"],
    ["k3", 1, second, "language: sign, k3", "control: beta0 + 1 A"],
    ["k2", -0.25, second, "language: sign, k2", "control: beta0 - 0.25 A, k2"],
  ] as const;
  for (const [series, x, verdicts, family, word] of judged) {
    const gain = gains.find((row) => row.series === series && row.x === x)!;
    const verdict = verdicts.find((row) =>
      row.family === family && row.case.split("; ").includes(word)
    )!;
    assertAlmostEquals(gain.gain, verdict.value, 1e-3);
    assertAlmostEquals(gain.gainLow, verdict.low, 1e-3);
  }
  assertEquals(doseChart(gains).data.length, 4);
});

Deno.test("each width has its gain over the largest", () => {
  const byTrack = { flow: sizeGains(flow), language: sizeGains(language) };
  assertEquals(byTrack.flow.map(({ x }) => x), [16, 32, 64]);
  assertEquals(byTrack.language.map(({ x }) => x), [4, 8, 16]);
  // The policy of 4 features earns too little to be compared, and is named so.
  const found = byTrack.language.map(({ gain }) => Number.isFinite(gain));
  assertEquals(found, [false, true, true]);
  const { data, layout } = sizesChart(byTrack);
  assertEquals(data.length, 4);
  assertStringIncludes(
    JSON.stringify(layout.annotations),
    "4 features share no rewards with it",
  );
  assertEquals(JSON.stringify(data).includes("null"), false);
});

Deno.test("the kept charts of doses and sizes are those of the kept rows", async () => {
  const charts = {
    study_doses: doseChart(doseGains(language)),
    study_sizes: sizesChart({
      flow: sizeGains(flow),
      language: sizeGains(language),
    }),
  };
  await inFolder(async (folder) => {
    for (const [name, chart] of Object.entries(charts)) {
      await saveFigure(folder, name, chart);
      const [kept, now] = await Promise.all(
        [join(dataDir, "figures"), folder].map((at) =>
          Deno.readTextFile(join(at, `${name}.json`))
        ),
      );
      assertEquals(now, kept);
    }
  });
});

Deno.test("a dose that no study ran is refused", () => {
  assertThrows(
    () => doseGains(language.slice(0, 1)),
    RangeError,
    "ran control: beta0 - 0.25 A, k2 on digit sum and GRPO, k2",
  );
});
