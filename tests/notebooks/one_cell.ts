/**
 * A notebook of one cell, as JSON.
 *
 * @param source The code of the cell.
 */
export function oneCell(source: string): string {
  return JSON.stringify({
    cells: [{
      cell_type: "code",
      id: "a",
      metadata: {},
      outputs: [],
      execution_count: null,
      source,
    }],
    metadata: {
      kernelspec: {
        name: "deno",
        display_name: "Deno",
        language: "typescript",
      },
    },
    nbformat: 4,
    nbformat_minor: 5,
  });
}
