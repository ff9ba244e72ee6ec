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
