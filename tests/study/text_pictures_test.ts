import { assertEquals } from "@std/assert";
import { judgeClaims } from "../../lib/results/claims.ts";
import { where } from "../../lib/results/rows.ts";
import {
  bestSetting,
  textPicturesClaims,
  textPicturesStudy,
} from "../../lib/study/mod.ts";
import {
  disposePictureModels,
  loadPictureModels,
} from "../../lib/tracks/mod.ts";
import { type Row } from "../../lib/train/row.ts";

const methods = [
  ...["no reward", "RAFT, best 2", "Diffusion-DPO", "ORW-CFM-W2, tau 4"],
  ...["ORW-CFM-W2, tau 4, centred", "ADRPO-FM", "DiffusionNFT"],
];
const grid = [0, 0.03, 0.12];
const measured = ["reward", "right", "judged", "styles", "distance", "flaw"];

/** Rows in which what is true is planted: each method trades reward for the rest. */
function planted(change: (row: Row) => Partial<Row> = () => ({})): Row[] {
  const settings = (task: string, method: string, grid: number[]) =>
    grid.flatMap((coefficient) =>
      [0, 1, 2].flatMap((seed) =>
        [0, 14, 56].map((iteration): Row => {
          const gain = iteration / 56 * (0.4 - coefficient);
          const row: Row = {
            ...{ task, method, coefficient, seed, iteration, alive: true },
            ...Object.fromEntries(
              measured.flatMap((name) =>
                ["", "HeldOut", "Guided2", "Guided4"].map((suffix) => [
                  `${name}${suffix}`,
                  ["styles", "distance"].includes(name)
                    ? 3 - gain - seed / 1000
                    : 0.5 + gain + seed / 1000,
                ])
              ),
            ),
          };
          return { ...row, ...change(row) } as Row;
        })
      )
    );
  return [
    ...methods.flatMap((method) => settings("small net", method, grid)),
    ...settings("large net", "ADRPO-FM", grid),
    // Rows of the end alone, whose gain is that of iteration 0.
    ...["small net", "large net"].flatMap((task) =>
      settings(task, "base", [0.4])
    ),
  ];
}

/** The verdict of a claim in its cases, by what its words begin with. */
function verdictsOf(words: string, rows: Row[]): string[] {
  const claims = textPicturesClaims.filter(({ claim }) =>
    claim.startsWith(words)
  );
  const tasks = { "small net": "small net", "large net": "large net" };
  const all = [...methods, "base"].map((name) =>
    [name, { coefficient: "beta" }] as const
  );
  return judgeClaims(claims, { rows, tasks, methods: Object.fromEntries(all) })
    .map(({ verdict }) => verdict);
}

Deno.test("what is planted in rows is what the claims find", () => {
  const rows = planted();
  assertEquals(
    verdictsOf("Without regularisation", rows),
    Array(3).fill("holds"),
  );
  assertEquals(verdictsOf("It gains", rows), Array(6).fill("holds"));
  assertEquals(verdictsOf("It carries over", rows), Array(6).fill("holds"));
  assertEquals(verdictsOf("ADRPO's first", rows), ["holds"]);
});

Deno.test("a front that is lifted is found to be above its rivals', and a flaw to count against it", () => {
  const lifted = planted(({ method, styles, flaw }) =>
    method === "ADRPO-FM"
      ? { styles: Number(styles) + 0.2, flaw: Number(flaw) + 0.2 }
      : {}
  );
  assertEquals(
    verdictsOf("ADRPO keeps more styles", lifted),
    Array(5).fill("holds"),
  );
  assertEquals(
    verdictsOf("ADRPO's pictures are better", lifted),
    Array(5).fill("does not hold"),
  );
  // As much gained early as at the end, by ADRPO at a lower price.
  const early = planted(({ method, coefficient, iteration }) => {
    const gain = 0.4 - Number(coefficient);
    const lift = method === "ADRPO-FM" ? 0.2 : 0;
    return iteration === 14
      ? { reward: 0.5 + gain, styles: 3 - gain + lift }
      : {};
  });
  const words = "After 14 iterations ADRPO has more styles";
  assertEquals(verdictsOf(words, early), Array(5).fill("holds"));
  assertEquals(
    verdictsOf("ADRPO keeps more styles", early).includes("holds"),
    false,
  );
});

Deno.test("sizes are compared each at its own best guidance", () => {
  const words = "A small net with ADRPO beats a large one without";
  assertEquals(verdictsOf(words, planted()), ["holds", "holds"]);
  // A free lunch of the large net: guidance alone gives it more.
  const guided = planted(({ task, method }) =>
    task === "large net" && method === "base"
      ? { rightGuided4: 0.99, judgedGuided2: 0.99 }
      : {}
  );
  assertEquals(verdictsOf(words, guided), ["does not hold", "does not hold"]);
});

Deno.test("the best setting is one in which no seed diverged", () => {
  const rows = planted((row) => ({
    alive: !(row.coefficient === 0 && row.seed === 1),
  }));
  const own = where(rows, {
    ...{ task: "small net", method: "ADRPO-FM", iteration: 56 },
  });
  assertEquals(bestSetting(own, "reward")[0].coefficient, 0.03);
});

Deno.test("the study has every method on the small net, and fewer on the large one", async () => {
  const models = await loadPictureModels();
  const { experiment, tuning } = textPicturesStudy(models, "full");
  const { tasks, arms, seeds } = experiment;
  assertEquals(tasks.map(({ name }) => name), ["small net", "large net"]);
  assertEquals(arms.map(({ method }) => method.name), methods);
  const onLarge = arms.filter(({ on }) => on?.includes("large net"));
  assertEquals(onLarge.map(({ method }) => method.name), [
    "ORW-CFM-W2, tau 4",
    "ADRPO-FM",
  ]);
  assertEquals(tuning!.seeds.some((seed) => seeds.includes(seed)), false);
  disposePictureModels(models);
});
