/** The parts of a notebook's file that the gate reads. */
export interface Notebook {
  readonly cells: readonly Cell[];
}

/** A cell of a notebook's file. */
export interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly unknown[];
  readonly execution_count?: number | null;
}

/** How long a notebook, and a code cell, may be. */
const [mostCells, mostLines] = [24, 30];

/**
 * Joins a notebook's code cells to one module, so that they can be linted and
 * type-checked; the kernel checks no types.
 *
 * @param notebook The notebook.
 * @returns The module's text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cellsToModule } from "./cells.ts";
 *
 * const cells = [{ cell_type: "code", source: ["const a = 1;\n", "a;"] }];
 * assertEquals(cellsToModule({ cells }), "// Cell 1\nconst a = 1;\na;\n");
 * ```
 */
export function cellsToModule({ cells }: Notebook): string {
  return cells
    .map((cell, i) => `// Cell ${i + 1}\n${text(cell)}\n`)
    .filter((_, i) => cells[i].cell_type === "code")
    .join("\n");
}

/**
 * Finds what a notebook must not have when it is committed: outputs and counts,
 * which differ from run to run, and cells too long to be read in a glance.
 *
 * @param notebook The notebook.
 * @returns One sentence a problem.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { notebookProblems } from "./cells.ts";
 *
 * const run = { cell_type: "code", source: "1;", outputs: [], execution_count: 3 };
 * assertEquals(notebookProblems({ cells: [run] }), ["cell 1 has been run"]);
 * ```
 */
export function notebookProblems({ cells }: Notebook): string[] {
  const problems = cells.length > mostCells
    ? [`there are ${cells.length} cells, more than ${mostCells}`]
    : [];
  for (const [i, cell] of cells.entries()) {
    if (cell.cell_type !== "code") continue;
    if (cell.outputs?.length || cell.execution_count) {
      problems.push(`cell ${i + 1} has been run`);
    }
    const lines = text(cell).split("\n").length;
    if (lines > mostLines) {
      problems.push(`cell ${i + 1} has ${lines} lines, more than ${mostLines}`);
    }
  }
  return problems;
}

function text({ source }: Cell): string {
  return typeof source === "string" ? source : source.join("");
}
