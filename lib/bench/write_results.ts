import { join } from "node:path";
import { writeText } from "../data/files.ts";
import { readJson } from "../data/read_json.ts";
import { readCsv, writeCsv } from "../results/csv.ts";
import { saveFigure } from "../results/figure_files.ts";
import { type TableRow } from "../results/rows.ts";
import { growthFigure, type GrowthRow, ratioFigure } from "./figures.ts";
import { type TargetRow, type TimeRow } from "./rows.ts";

/** What a run of the benchmarks found. */
export interface Results {
  readonly times: readonly TimeRow[];
  readonly targets: readonly TargetRow[];
  readonly growth: readonly GrowthRow[];
  readonly modelGrowth: readonly GrowthRow[];
  /** Where and with what, the `commit` too. */
  readonly setting: Readonly<Record<string, unknown>>;
}

/** What must be alike for times to stand side by side. */
const alike = ["device", "cores", "threads", "torch", "jax"];

/**
 * Writes tables and figures. Each row names the commit that it was measured at.
 *
 * @param folder Where.
 * @param results What was found.
 * @param part Whether it is a part, which takes the place of the rows of the same
 * benchmarks and leaves all else.
 * @throws {RangeError} If a part was measured on another machine, or beside other peers,
 * than the rows that stay.
 */
export async function writeResults(
  folder: string,
  { times, targets, growth, modelGrowth, setting }: Results,
  part: boolean,
): Promise<void> {
  const write = async (file: string, rows: readonly TableRow[]) => {
    const own = rows.map((row) => ({ ...row, commit: `${setting.commit}` }));
    const all = part ? inPlace(await readCsv(join(folder, file)), own) : own;
    await writeCsv(join(folder, file), all);
    return all;
  };
  if (part) await assertAlike(join(folder, "setting.json"), setting);
  const allTimes = await write("times.csv", times);
  await write("targets.csv", targets);
  await saveFigure(folder, "ratios", ratioFigure(allTimes as TimeRow[]));
  if (part) return;
  await writeText(
    join(folder, "setting.json"),
    `${JSON.stringify(setting, null, 2)}\n`,
  );
  await saveGrowth(folder, "growth", growth);
  await saveGrowth(folder, "growth_smollm2", modelGrowth);
}

/** The rows of benchmarks in the place of those of the same names; new ones at the end. */
function inPlace(
  kept: readonly TableRow[],
  rows: readonly TableRow[],
): TableRow[] {
  const [before, fresh] = [kept, rows]
    .map((list) => Map.groupBy(list, ({ benchmark }) => benchmark));
  return [...new Map([...before, ...fresh]).values()].flat();
}

async function assertAlike(
  path: string,
  setting: Results["setting"],
): Promise<void> {
  const kept = await readJson(path);
  const other = alike.find((name) =>
    name in kept && name in setting && kept[name] !== setting[name]
  );
  if (other === undefined) return;
  throw new RangeError(
    `Expected the kept times to be of the same ${other}, ${
      setting[other]
    }, got ${kept[other]}; keep a whole run`,
  );
}

async function saveGrowth(
  folder: string,
  name: string,
  rows: readonly GrowthRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await writeCsv(join(folder, `${name}.csv`), rows);
  await saveFigure(folder, name, growthFigure(rows));
}
