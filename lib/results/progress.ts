import { escapeHtml } from "./format.ts";
import { jupyterOrNone, openDisplay } from "./live_display.ts";

/** How far a long piece of work has come. */
export interface ProgressState {
  /** What is being done. */
  readonly label: string;
  /** Steps done so far. */
  readonly done: number;
  /** Steps in all. */
  readonly total: number;
  /** What to say beside, such as the latest reward; may be empty. */
  readonly note: string;
  /** Seconds since the start. */
  readonly seconds: number;
  /** Seconds left; as much for each step to come as for one of those done, if left out. */
  readonly left?: number;
}

/** Shows how far a long piece of work has come. */
export interface Progress {
  /**
   * Tells that `done` steps are done. Calls in quick succession are not all
   * shown; the last step always is.
   *
   * @param done Steps done so far, in `[0, total]`.
   * @param note What to say beside.
   */
  report(done: number, note?: string): Promise<void>;
}

/** Where progress is shown, and the seconds between two showings. */
interface Sink {
  readonly every: number;
  show(state: ProgressState): Promise<void>;
}

/**
 * Starts to show the progress of a long piece of work: as a live bar in a
 * notebook, as lines on stderr elsewhere. When the environment variable
 * `KIT_PROGRESS` names a file, each showing is also appended to it as one line of
 * JSON, `{ label, done, total, note, seconds }`; so `deno task reproduce` relays
 * the progress of a notebook that it executes.
 *
 * @param label What is being done.
 * @param total Steps in all, at least 1.
 * @returns The progress, to be told of each step.
 * @throws {RangeError} If `total` is not a whole number of at least 1; and from
 * `report`, if `done` is not in `[0, total]`.
 *
 * @example
 * ```ts
 * import { progress } from "kit";
 *
 * const training = progress("training", 2);
 * await training.report(1, "reward 0.4");
 * await training.report(2, "reward 0.8");
 * ```
 */
export function progress(label: string, total: number): Progress {
  if (!Number.isInteger(total) || total < 1) {
    throw new RangeError(
      `Cannot show progress: expected total of at least 1, got ${total}`,
    );
  }
  const start = performance.now();
  const show = showing();
  return {
    async report(done, note = "") {
      if (!(done >= 0 && done <= total)) {
        throw new RangeError(
          `Cannot show progress: expected done in [0, ${total}], got ${done}`,
        );
      }
      const seconds = (performance.now() - start) / 1000;
      await show({ label, done, total, note, seconds });
    },
  };
}

/**
 * Opens the places where progress is shown. Each shows what comes when its time is round
 * again, and the last.
 */
export function showing(): (state: ProgressState) => Promise<void> {
  const sinks = openSinks().map((sink) => ({ ...sink, next: 0 }));
  return async (state) => {
    const { seconds, done, total } = state;
    for (const sink of sinks) {
      if (seconds < sink.next && done < total) continue;
      sink.next = seconds + sink.every;
      await sink.show(state);
    }
  };
}

/**
 * Writes progress as a line of text.
 *
 * @param state How far the work is.
 * @returns The line, such as `"training: 50/200, 6 s left, reward 0.4"`.
 *
 * @example
 * ```ts
 * import { progressLine } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const state = { label: "training", done: 50, total: 200, note: "", seconds: 2 };
 * assertEquals(progressLine(state), "training: 50/200, 6 s left");
 * ```
 */
export function progressLine(
  { label, done, total, note, seconds, left }: ProgressState,
): string {
  const rest = left === undefined ? seconds / done * (total - done) : left;
  const time = done === total
    ? `${seconds.toFixed(1)} s`
    : Number.isFinite(rest)
    ? `${Math.ceil(rest)} s left`
    : "started";
  return `${label}: ${Math.floor(done)}/${total}, ${time}${
    note && `, ${note}`
  }`;
}

function openSinks(): Sink[] {
  const file = Deno.env.get("KIT_PROGRESS");
  const jupyter = jupyterOrNone();
  const shown = jupyter ? notebookBar(jupyter) : terminalLines;
  return file ? [shown, fileLines(file)] : [shown];
}

const terminalLines: Sink = {
  every: 2,
  show(state) {
    console.error(progressLine(state));
    return Promise.resolve();
  },
};

function fileLines(path: string): Sink {
  return {
    every: 0.5,
    show: (state) =>
      Deno.writeTextFile(path, `${JSON.stringify(state)}\n`, { append: true }),
  };
}

function notebookBar(jupyter: typeof Deno.jupyter): Sink {
  const display = openDisplay(jupyter);
  return {
    every: 0.2,
    async show(state) {
      const line = progressLine(state);
      const bar = `<progress value="${state.done}" max="${state.total}" ` +
        `style="width: 16em"></progress> ${escapeHtml(line)}`;
      await display({ "text/html": bar, "text/plain": line });
    },
  };
}
