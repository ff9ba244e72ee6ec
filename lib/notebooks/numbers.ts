import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { oncePerPath } from "../data/once_per_path.ts";
import { separator } from "../results/claims.ts";
import { readCsv } from "../results/csv.ts";
import { readVerdicts } from "../results/kept_experiments.ts";
import {
  atEnd,
  atStart,
  mean,
  numberOf,
  type TableRow,
} from "../results/rows.ts";

/** A number, and where it comes from in a comment right after it, which no page shows. */
const cited =
  /(?<number>-?\d+(?:\.\d+)?)(?<percent>%?)(?<comment><!-- (?<minus>minus )?(?<source>\w+): (?<words>.+?) -->)/gs;

/**
 * Fills in the numbers that sentences tell. Where each comes from stands behind it, in a
 * comment: the experiment, and words that pick one row of what was kept of it.
 *
 * - `6.2<!-- study_language: dose; GRPO, exact KL -->` is the value of the verdict whose
 *   family, case and claim have these words: a part of the case or the family's name in
 *   full, the claim in part.
 * - `57<!-- language_collapse: no KL; answers at the start -->` is the mean over seeds
 *   of a column, at the start or at the end, of the rows with this task, method or
 *   coefficient (`coefficient 0.1`).
 * - `0.57<!-- bench: (e) ADRPO-FM; JAX jit over PyTorch eager -->` is the ratio of two
 *   kept times of a benchmark.
 *
 * `minus` before the experiment turns the sign, for sentences that say "fewer". A
 * number keeps the decimals that it is written with, and is in percent where a % follows.
 *
 * @param text The document.
 * @param data The folder of what is kept, if not the kit's own.
 * @returns The document with the kept numbers.
 * @throws {RangeError} If words do not pick one row, or the row has no such number.
 * @throws {Deno.errors.NotFound} If nothing is kept of the experiment.
 */
export async function fillNumbers(
  text: string,
  data: string = dataDir,
): Promise<string> {
  const values: number[] = [];
  const read = oncePerPath(readCsv); // Many sentences cite one table.
  for (const { groups } of text.matchAll(cited)) {
    const { source, words } = groups!;
    const asked = words.split(/\s+/).join(" ").split(separator);
    const value = await valueOf(source, asked, { data, read });
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `Expected "${source}: ${words}" to have a number, got ${value}`,
      );
    }
    values.push(groups!.minus ? -value : value);
  }
  let i = 0;
  return text.replaceAll(cited, (...match) => {
    const { number, percent, comment } = match.at(-1) as Record<string, string>;
    const decimals = number.split(".")[1]?.length ?? 0;
    const scale = percent ? 100 : 1;
    return (values[i++] * scale).toFixed(decimals) + percent + comment;
  });
}

/** The number that words pick of a source. */
async function valueOf(
  source: string,
  words: readonly string[],
  { data, read }: { data: string; read: typeof readCsv },
): Promise<number> {
  if (source === "bench") {
    const times = await read(join(data, "bench", "times.csv"));
    return ratioOfTimes(times, words);
  }
  const folder = join(data, "results", source);
  const last = /^(\w+) at the (start|end)$/.exec(words.at(-1)!);
  if (!last) {
    const verdicts = (await readVerdicts(folder)).filter((row) =>
      words.every((word) =>
        row.case.split(separator).includes(word) ||
        row.family?.replace(/^\w+: /, "") === word || row.claim.includes(word)
      )
    );
    return only(verdicts, source, words).value;
  }
  const [, column, when] = last;
  const rows = (await read(join(folder, "rows.csv.gz"))).filter((row) =>
    words.slice(0, -1).every((word) =>
      [row.task, row.method, `coefficient ${row.coefficient}`].includes(word)
    )
  );
  const settings = Map.groupBy(
    rows,
    ({ task, method, coefficient }) => `${task}; ${method}; ${coefficient}`,
  );
  const own = only([...settings.values()], source, words);
  const picked = when === "start" ? atStart(own) : atEnd(own);
  return mean(picked.map((row) => numberOf(row, column)));
}

/** The time of one contender over that of another. */
function ratioOfTimes(
  times: readonly TableRow[],
  [benchmark, both]: readonly string[],
): number {
  const [ms, msOfOther] = both.split(" over ").map((contender) => {
    const rows = times.filter((row) =>
      row.benchmark === benchmark && row.contender === contender
    );
    return numberOf(only(rows, "bench", [benchmark, contender]), "ms");
  });
  return ms / msOfOther;
}

function only<T>(
  found: readonly T[],
  source: string,
  words: readonly string[],
): T {
  if (found.length !== 1) {
    throw new RangeError(
      `Expected "${source}: ${
        words.join(separator)
      }" to pick one kept row or setting, got ${found.length}`,
    );
  }
  return found[0];
}
