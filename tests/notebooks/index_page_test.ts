import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { htmlTable, writeIndex } from "../../lib/notebooks/index_page.ts";

Deno.test("a table shows whatever columns its rows have, an interval in one", () => {
  const rows = [
    { claim: "it rises", case: "tau 1", value: 0.5, low: 0.4, high: 0.6 },
    { claim: "it <falls>", case: null, value: null, low: null, high: null },
  ];
  const table = htmlTable(rows);
  assertEquals(htmlTable(rows.toReversed()).includes("<th>low</th>"), false);
  assertStringIncludes(
    table,
    "<th>claim</th><th>case</th><th>value</th></tr>",
  );
  assertStringIncludes(table, "<td>0.50 [0.40, 0.60]</td>");
  assertStringIncludes(table, "<td>it &lt;falls&gt;</td><td></td><td></td>");
  assertEquals(htmlTable([]), "");
});

Deno.test("the page of a run links its notebooks and figures and shows its tables", async () => {
  const runs = await Deno.makeTempDir();
  const files = {
    "notebooks/00_a.html": "",
    "notebooks/mine/b c#.html": "",
    "figures/front.svg": "<svg/>",
    "figures/front.json": "{}",
    "results/a/verdicts.csv":
      "claim,value,low,high,verdict\nit rises,0.5,0.4,0.6,holds\n",
  };
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(`${runs}/${path}/..`, { recursive: true });
    await Deno.writeTextFile(`${runs}/${path}`, content);
  }
  const page = await Deno.readTextFile(await writeIndex(runs, "A run"));
  const links = page.matchAll(/(?:href|src)="([^"]*)"/g).map(([, to]) => to);
  assertEquals([...new Set(links)], [
    "notebooks/00_a.html",
    "notebooks/mine/b%20c%23.html",
    "figures/front.svg",
  ]);
  assertMatch(
    page,
    /<td>it rises<\/td><td>0.50 \[0.40, 0.60\]<\/td><td>holds<\/td>/,
  );
  await Deno.remove(runs, { recursive: true });
});
