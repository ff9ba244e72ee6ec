import { encode } from "fast-png";

/** White pixels between two pictures. */
const gap = 2;

/**
 * Sets grey pictures side by side in one PNG, dark ink on white.
 *
 * @param rows Rows of pictures, each `side * side` values in [-1, 1]; values out
 * of range are clipped.
 * @param side The pixels along an edge of a picture.
 * @returns The PNG as a `data:` URI.
 */
export function montage(
  rows: readonly (readonly ArrayLike<number>[])[],
  side: number,
): string {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.some((row) => row.length !== columns)) {
    throw new RangeError(
      `Cannot set pictures: expected rows of equal length, at least 1, got ${
        rows.map((row) => row.length).join(", ") || "no row"
      }`,
    );
  }
  const cell = side + gap;
  const width = columns * cell;
  const data = new Uint8Array(width * rows.length * cell).fill(255);
  rows.forEach((row, r) =>
    row.forEach((picture, c) => {
      assertSize(picture, side);
      const corner = (r * cell + gap / 2) * width + c * cell + gap / 2;
      for (let pixel = 0; pixel < side * side; pixel++) {
        const at = corner + Math.floor(pixel / side) * width + pixel % side;
        data[at] = grey(picture[pixel]);
      }
    })
  );
  const png = encode({ width, height: rows.length * cell, data, channels: 1 });
  return `data:image/png;base64,${png.toBase64()}`;
}

/** -1 is white paper, 1 is black ink. */
function grey(value: number): number {
  return Math.round(255 * (1 - Math.min(1, Math.max(0, (value + 1) / 2))));
}

function assertSize(picture: ArrayLike<number>, side: number): void {
  if (picture.length !== side * side) {
    throw new RangeError(
      `Cannot set pictures: expected ${
        side * side
      } values a picture, got ${picture.length}`,
    );
  }
}
