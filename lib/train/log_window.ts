import { type Tensor, tf } from "../tf/backend.ts";
import { type Row } from "./row.ts";

/** Sums of logged values since the last rows, each `[M]`. */
export type LogWindow = Record<string, Tensor>;

/**
 * Adds one iteration's logs to the sums, on the device.
 *
 * @param window The sums so far; empty at first.
 * @param logs Values by name, each `[M]`.
 * @returns New sums, which the caller disposes; `window` stays.
 * @throws {TypeError} If the logs are not of one shape `[M]`, or not those of the
 * iteration before.
 */
export function addLogs(
  window: LogWindow,
  logs: Record<string, Tensor>,
): LogWindow {
  const names = Object.keys(logs);
  const before = Object.keys(window);
  if (before.length > 0 && `${before}` !== `${names}`) {
    throw new TypeError(
      `Cannot log: expected logs ${before}, got ${names}`,
    );
  }
  const [first] = Object.values(logs);
  for (const [name, { shape }] of Object.entries(logs)) {
    if (shape.length !== 1 || shape[0] !== first.shape[0]) {
      throw new TypeError(
        `Cannot log: expected "${name}" of shape [members], got [${shape}]`,
      );
    }
  }
  return tf.tidy(() =>
    Object.fromEntries(names.map((name) => {
      const value = tf.cast(logs[name], "float32");
      return [name, name in window ? tf.add(window[name], value) : value];
    }))
  );
}

/**
 * Reads the means of a window, in one read.
 *
 * @param window The sums; disposed.
 * @param options The `count` of iterations in it and the `iteration` it ends at.
 * @returns One row a member: `{ iteration, member, ...means }`.
 */
export async function readLogs(
  window: LogWindow,
  { iteration, count }: { iteration: number; count: number },
): Promise<Row[]> {
  const names = Object.keys(window);
  if (names.length === 0) return [];
  const means = tf.tidy(() => tf.div(tf.stack(Object.values(window)), count)); // [logs, M]
  tf.dispose(window);
  const values = await means.array() as number[][];
  means.dispose();
  return values[0].map((_, member) => ({
    iteration,
    member,
    ...Object.fromEntries(names.map((name, i) => [name, values[i][member]])),
  }));
}
