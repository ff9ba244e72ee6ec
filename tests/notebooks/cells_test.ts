import { assertEquals } from "@std/assert";
import {
  type Cell,
  cellsToModule,
  notebookProblems,
} from "../../lib/notebooks/cells.ts";

const code = (source: string): Cell => ({
  cell_type: "code",
  source,
  outputs: [],
  execution_count: null,
});
const markdown: Cell = { cell_type: "markdown", source: "# Question" };

Deno.test("code cells are joined in order, text is left out", () => {
  const notebook = { cells: [markdown, code("const a = 1;"), code("a;")] };
  assertEquals(
    cellsToModule(notebook),
    "// Cell 2\nconst a = 1;\n\n// Cell 3\na;\n",
  );
});

Deno.test("a clean notebook has no problem", () => {
  assertEquals(notebookProblems({ cells: [markdown, code("1;")] }), []);
});

Deno.test("outputs and counts are problems", () => {
  const run = { ...code("1;"), execution_count: 1 };
  const shown = { ...code("1;"), outputs: [{ output_type: "stream" }] };
  assertEquals(notebookProblems({ cells: [run, markdown, shown] }), [
    "cell 1 has been run",
    "cell 3 has been run",
  ]);
});

Deno.test("long notebooks and long cells are problems", () => {
  const cells = Array<Cell>(24).fill(markdown);
  assertEquals(notebookProblems({ cells }), []);
  const long = code(Array(31).fill("1;").join("\n"));
  assertEquals(notebookProblems({ cells: [...cells, long] }), [
    "there are 25 cells, more than 24",
    "cell 25 has 31 lines, more than 30",
  ]);
});
