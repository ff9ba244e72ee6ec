/** A place on the page in pixels; `y` grows upward. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where a label stands, seen from its point; in plotly's words. */
export type Corner =
  | "top right"
  | "bottom left"
  | "top left"
  | "bottom right"
  | "middle right"
  | "middle left"
  | "top center"
  | "bottom center";

const corners: Corner[] = [
  "top right",
  "bottom left",
  "top left",
  "bottom right",
  "middle right",
  "middle left",
  "top center",
  "bottom center",
];

const letter = 6.6;
const line = 13;
/** From a point to the near edge of its label. */
const offset = 4;

/**
 * Chooses for each label, in order, a corner of its point where it covers no
 * obstacle and no label placed before; none if there is no such corner.
 *
 * @param labels The texts and their points.
 * @param obstacles Places that must stay free, such as the points of a line.
 * @returns The corner of each label, or `null` for one that finds no room.
 */
export function placeLabels(
  labels: readonly (Place & { readonly text: string })[],
  obstacles: readonly Place[],
): (Corner | null)[] {
  const taken: Rectangle[] = [];
  return labels.map((label) => {
    for (const corner of corners) {
      const room = rectangle(label, corner);
      const free = !taken.some((other) => overlap(room, other)) &&
        !obstacles.some((place) => contains(room, place));
      if (free) {
        taken.push(room);
        return corner;
      }
    }
    return null;
  });
}

interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

function rectangle(
  { x, y, text }: Place & { readonly text: string },
  corner: Corner,
): Rectangle {
  const width = text.length * letter;
  const left = corner.includes("right")
    ? x + offset
    : corner.includes("left")
    ? x - offset - width
    : x - width / 2;
  const bottom = corner.includes("top")
    ? y + offset
    : corner.includes("bottom")
    ? y - offset - line
    : y - line / 2;
  return { left, right: left + width, bottom, top: bottom + line };
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.right && b.left < a.right && a.bottom < b.top &&
    b.bottom < a.top;
}

function contains(room: Rectangle, { x, y }: Place): boolean {
  return x > room.left && x < room.right && y > room.bottom && y < room.top;
}
