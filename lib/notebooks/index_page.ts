import { join } from "node:path";
import { writeText } from "../data/files.ts";
import { readCsv } from "../results/csv.ts";
import { entries, folderNames } from "../results/folders.ts";
import { escapeHtml, formatInterval, formatNumber } from "../results/format.ts";
import type { TableRow } from "../results/rows.ts";

/**
 * Writes a page to browse the folder of a run by: its executed notebooks, the
 * verdicts of its experiments, and its figures.
 *
 * @param runs The folder.
 * @param title What the page is called.
 * @returns The path of the page, `index.html` in the folder.
 */
export async function writeIndex(
  runs: string,
  title: string,
): Promise<string> {
  const notebooks = await pagesIn(runs);
  const experiments = await folderNames(join(runs, "results"));
  const tables = await Promise.all(experiments.map(async (name) => {
    const verdicts = await readCsv(
      join(runs, "results", name, "verdicts.csv"),
    );
    const judgedAlone = verdicts.every(({ family }) => !family);
    const short = verdicts.map((
      { task: _, quotes: _q, statistic: _s, family, p, ...row },
    ) => judgedAlone ? row : { ...row, family, p });
    return `<h3>${escapeHtml(name)}</h3>\n${htmlTable(short)}`;
  }));
  const figures = (await entries(join(runs, "figures")))
    .map(({ name }) => name).filter((name) => name.endsWith(".svg"));
  const path = join(runs, "index.html");
  await writeText(
    path,
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<h1>${escapeHtml(title)}</h1>
<h2>Notebooks</h2>
<ul>
${
      notebooks.map((page) => `<li>${link(page, page.slice(0, -5))}</li>`).join(
        "\n",
      )
    }
</ul>
<h2>Verdicts</h2>
${tables.join("\n")}
<h2>Figures</h2>
${figures.map(figureHtml).join("\n")}
</html>
`,
  );
  return path;
}

const style = `
  body { font: 16px/1.5 sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; margin: 0 0 1.5rem; font-size: 0.9rem }
  th, td { border-bottom: 1px solid #ccc; padding: 0.3rem 0.8rem; text-align: left; vertical-align: top }
  figure { margin: 0 0 2rem }
  img { max-width: 100% }
`;

/** The pages of executed notebooks, wherever in the folder they lie, but for the index. */
async function pagesIn(runs: string, folder = ""): Promise<string[]> {
  const found = await Promise.all(
    (await entries(join(runs, folder))).map(({ name, isDirectory }) => {
      const path = folder ? `${folder}/${name}` : name;
      if (isDirectory) return pagesIn(runs, path);
      return name.endsWith(".html") && path !== "index.html" ? [path] : [];
    }),
  );
  return found.flat();
}

/**
 * Writes rows as a table of HTML: a value and its interval in one column, the others as
 * they are.
 *
 * @param rows The rows.
 * @returns The table; nothing for no rows.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { htmlTable } from "./index_page.ts";
 *
 * const row = { claim: "a < b", value: 0.5, low: 0.4, high: 0.6 };
 * const table = htmlTable([row]);
 * assertStringIncludes(table, "<td>a &lt; b</td><td>0.50 [0.40, 0.60]</td>");
 * ```
 */
export function htmlTable(rows: readonly TableRow[]): string {
  if (rows.length === 0) return "";
  const shown = rows.map(withInterval);
  const columns = Object.keys(shown[0]);
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${
      cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")
    }</tr>`;
  return `<table>\n${line("th", columns)}\n${
    shown.map((row) => line("td", columns.map((name) => text(row[name]))))
      .join("\n")
  }\n</table>`;
}

function withInterval({ low, high, ...row }: TableRow): TableRow {
  const { value } = row;
  return typeof value === "number" && typeof low === "number" &&
      typeof high === "number"
    ? { ...row, value: formatInterval({ value, low, high }) }
    : row;
}

function text(value: TableRow[string] | undefined): string {
  return typeof value === "number" ? formatNumber(value) : `${value ?? ""}`;
}

function figureHtml(file: string): string {
  const path = encodeURI(`figures/${file}`);
  return `<figure><figcaption>${escapeHtml(file.slice(0, -4))}</figcaption>` +
    `<a href="${path}"><img src="${path}" loading="lazy"></a></figure>`;
}

function link(path: string, text: string): string {
  const target = path.split("/").map(encodeURIComponent).join("/");
  return `<a href="${target}">${escapeHtml(text)}</a>`;
}
