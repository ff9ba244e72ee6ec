import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";

/**
 * Reads columns of one value a member off the device, as rows.
 *
 * @param columns Values by name, each `[M]`; disposed.
 * @returns M rows, `{ member, ...values }`.
 */
export async function columnsToRows(
  columns: Record<string, Tensor>,
): Promise<Row[]> {
  const names = Object.keys(columns);
  const values = await Promise.all(names.map((name) => columns[name].data()));
  tf.dispose(columns);
  return Array.from(values[0], (_, member) => ({
    member,
    ...Object.fromEntries(names.map((name, i) => [name, values[i][member]])),
  }));
}

/**
 * Checks what a task measured.
 *
 * @param task The task's name.
 * @param columns Values by name.
 * @param members M.
 * @throws {TypeError} If a column is not of shape `[M]`, by its name.
 */
export function assertColumns(
  task: string,
  columns: Record<string, Tensor>,
  members: number,
): void {
  assertRecord(task, columns);
  for (const [name, column] of Object.entries(columns)) {
    if (`${column?.shape}` !== `${members}`) {
      throw new TypeError(
        `Expected measure of "${task}" to give "${name}" as a tensor of shape [${members}], one value a member, got ${
          column?.shape ? `[${column.shape}]` : typeof column
        }`,
      );
    }
  }
}

function assertRecord(task: string, columns: unknown): void {
  const kind = columns instanceof tf.Tensor
    ? "a tensor"
    : columns instanceof Promise || Array.isArray(columns)
    ? columns.constructor.name
    : typeof columns;
  if (kind !== "object" || columns === null) {
    throw new TypeError(
      `Expected measure of "${task}" to give columns by name, such as { reward }, got ${kind}`,
    );
  }
}
