import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { fillNotebook } from "../../lib/notebooks/kept.ts";
import { fillNumbers } from "../../lib/notebooks/numbers.ts";
import { writeCsv } from "../../lib/results/csv.ts";
import { inFolder } from "../in_folder.ts";

/** What a small study keeps: two verdicts, two methods of two seeds, two times. */
async function keep(data: string, { value = -6.145 } = {}): Promise<void> {
  const folder = join(data, "results", "study_east");
  const verdict = { claim: "More at equal reward", family: "east: fronts" };
  await writeCsv(join(folder, "verdicts.csv"), [
    { ...verdict, case: "sums; ours; GRPO, exact KL", value },
    { ...verdict, case: "sums; ours; stopped", value: NaN },
    { claim: "It is lost", family: null, case: "sums; ours", value: 0.0362 },
  ]);
  await writeCsv(
    join(folder, "rows.csv.gz"),
    ["ours", "GRPO, exact KL"].flatMap((method) =>
      [[0, 0], [0, 9], [1, 0], [1, 9]].map(([seed, iteration]) => ({
        ...{ task: "sums", method, coefficient: 0.1, seed, iteration },
        answers: method === "ours" ? 50 - 4 * iteration + 2 * seed : 1,
      }))
    ),
  );
  await writeCsv(
    join(data, "bench", "times.csv"),
    [["ours", 3], ["theirs", 4]].map(([contender, ms]) => ({
      ...{ benchmark: "(e) ADRPO-FM, 1 member", contender, ms },
    })),
  );
}

const told = (text: string) => text.replaceAll(/<!-- .+? -->/gs, "");

Deno.test("sentences tell the kept numbers, with the decimals that they are written with", () =>
  inFolder(async (data) => {
    await keep(data);
    const text = `It keeps 5.0<!-- minus study_east: fronts; GRPO, exact
KL --> answers fewer (-5<!-- study_east: equal reward; GRPO, exact KL -->);
9%<!-- study_east: lost --> is left: from 7<!-- study_east: ours; coefficient
0.1; answers at the start --> to 1.50<!-- study_east: ours; answers at the end -->,
in 0.10<!-- bench: (e) ADRPO-FM, 1 member; ours over theirs --> of the time, at 20
seeds.<!-- study_east: nothing -->`;
    const filled = await fillNumbers(text, data);
    assertEquals(
      told(filled),
      "It keeps 6.1 answers fewer (-6);\n4% is left: from 51 to 15.00,\n" +
        "in 0.75 of the time, at 20\nseeds.",
    );
    assertEquals(await fillNumbers(filled, data), filled);
    const cells = [{ cell_type: "markdown", source: text.split(/(?<=\n)/) }];
    const notebook = JSON.parse(
      await fillNotebook(JSON.stringify({ cells }), data),
    );
    assertEquals(notebook.cells[0].source.join(""), filled);
  }));

Deno.test("a sentence is another one once what is kept changes, its sign too", () =>
  inFolder(async (data) => {
    const text = "6.1<!-- minus study_east: fronts; GRPO, exact KL --> fewer";
    await keep(data);
    assertEquals(await fillNumbers(text, data), text);
    await keep(data, { value: -6.2 });
    assertEquals(told(await fillNumbers(text, data)), "6.2 fewer");
    await keep(data, { value: 6.145 });
    assertEquals(told(await fillNumbers(text, data)), "-6.1 fewer");
  }));

Deno.test("a number that comes from no row, from two, or from a verdict of none is refused", () =>
  inFolder(async (data) => {
    await keep(data);
    const refused = (from: string, message: string) =>
      assertRejects(
        () => fillNumbers(`1<!-- study_east: ${from} -->`, data),
        RangeError,
        message,
      );
    await refused("fronts", '"study_east: fronts" to pick one');
    await refused("fronts; GRPO", "got 0"); // a part of a name only
    await refused("answers at the end", "got 2");
    await refused("fronts; stopped", "to have a number, got NaN");
    await assertRejects(
      () => fillNumbers("1<!-- study_west: fronts -->", data),
      Deno.errors.NotFound,
    );
  }));
