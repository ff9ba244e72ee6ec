import { encode } from "fast-png";
import { escapeHtml } from "./format.ts";

/** A clip to listen to. */
export interface ShownClip {
  /** What it is. */
  label: string;
  /** The bytes of its WAV file. */
  wav: Uint8Array;
  /** Its spectrogram, `bands` rows of `frames`, the lowest band first. */
  mel: readonly ArrayLike<number>[];
}

/** A table of clips; a notebook shows it. */
export interface ClipTable {
  readonly clips: readonly ShownClip[];
}

/**
 * A table of clips to listen to, each with a player and a picture of its spectrogram:
 * time goes to the right, pitch upward, and the louder the darker.
 *
 * @param clips The clips.
 * @returns The table, which shows as HTML in a notebook; the sounds and pictures are
 * inside it.
 * @throws {RangeError} If there is no clip, or a spectrogram has no values or rows of
 * several lengths.
 *
 * @example
 * ```ts
 * import { clipTable, encodeWav } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const wav = encodeWav({ samples: new Float32Array(80), sampleRate: 8000 });
 * const table = clipTable([{ label: "silence", wav, mel: [[0, 0], [0, 1]] }]);
 * assertEquals(table.clips.length, 1);
 * ```
 */
export function clipTable(clips: readonly ShownClip[]): ClipTable {
  if (clips.length === 0) throw new RangeError("Expected clips, got none");
  const rows = clips.map(({ label, wav, mel }) => {
    const sound = `data:audio/wav;base64,${wav.toBase64()}`;
    return [
      escapeHtml(label),
      `<audio controls preload="none" src="${sound}"></audio>`,
      `<img alt="spectrogram" src="${spectrogram(label, mel)}">`,
    ];
  });
  const html = rows.map((cells) =>
    `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`
  ).join("");
  return Object.defineProperty({ clips }, Symbol.for("Jupyter.display"), {
    value: () => ({
      "text/html": `<table>${html}</table>`,
      "text/plain": clips.map(({ label }) => `Clip: ${label}`).join("\n"),
    }),
  });
}

/** A spectrogram as a PNG, as a `data:` URI. */
function spectrogram(
  label: string,
  mel: readonly ArrayLike<number>[],
): string {
  const width = mel[0]?.length ?? 0;
  if (width === 0 || mel.some((row) => row.length !== width)) {
    throw new RangeError(
      `Expected the spectrogram of "${label}" to have rows of one length, at least 1, got ${
        mel.map((row) => row.length).join(", ") || "no row"
      }`,
    );
  }
  const values = mel.toReversed().flatMap((row) => Array.from(row));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const data = Uint8Array.from(
    values,
    (value) => 255 * (1 - (value - least) / (most - least || 1)),
  );
  const png = encode({ width, height: mel.length, data, channels: 1 });
  return `data:image/png;base64,${png.toBase64()}`;
}
