import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { dataDir } from "../../lib/data/files.ts";
import { readVerdicts } from "../../lib/results/kept_experiments.ts";
import {
  doseChart,
  doseGains,
  loadStudies,
  readProtocols,
  sizeGains,
  sizesChart,
} from "../../lib/study/mod.ts";

const protocols = await readProtocols();
const language = await loadStudies(protocols, "language");
const flow = await loadStudies(protocols, "flow");

Deno.test("each dose has its gain over a fixed beta, by the verdicts' own numbers", async () => {
  const gains = doseGains(language);
  const all = [-1, -0.5, -0.25, 0.25, 0.5, 1];
  for (const series of ["exact KL", "k2", "k3"]) {
    const own = gains.filter((row) => row.series === series);
    assertEquals(own.map(({ x }) => x), all, series);
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
  assert(byTrack.language.every(({ gain }) => Number.isFinite(gain)));
  assertEquals(sizesChart(byTrack).data.length, 4);
});

Deno.test("a dose that no study ran is refused", () => {
  assertThrows(
    () => doseGains(language.slice(0, 1)),
    RangeError,
    "ran control: beta0 - 0.25 A, k2 on digit sum and GRPO, k2",
  );
});
