import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, uniform } from "../tf/random.ts";
import {
  drawViews,
  objectIcons,
  type ObjectName,
  type ObjectView,
  type ObjectViews,
  viewSide,
} from "./object_views.ts";

/** The names of the objects, in their order. */
export const objectNames = Object.keys(objectIcons) as ObjectName[];

/** The colors of objects, red, green and blue in [0, 1]. */
export const objectColors = {
  red: [0.87, 0.13, 0.16],
  yellow: [0.98, 0.8, 0.1],
  green: [0.1, 0.62, 0.24],
  blue: [0.12, 0.34, 0.9],
  purple: [0.6, 0.2, 0.78],
  black: [0.13, 0.13, 0.16],
} as const;

/** The name of a color. */
export type ColorName = keyof typeof objectColors;

/** The names of the colors, in their order. */
export const colorNames = Object.keys(objectColors) as ColorName[];

/** The backgrounds, each the same behind both objects. */
export const backgrounds: readonly (readonly number[])[] = [
  [0.98, 0.98, 0.98], // white
  [0.93, 0.84, 0.68], // sand
  [0.7, 0.86, 0.96], // sky
  [0.72, 0.72, 0.72], // grey
];

/** The styles that an object is drawn in. */
export const objectStyles: readonly Pick<
  ObjectView,
  "scale" | "angle" | "mirrored"
>[] = [
  { scale: 0.9, angle: 0, mirrored: false },
  { scale: 0.62, angle: 0, mirrored: true },
  { scale: 0.8, angle: -25, mirrored: false },
  { scale: 0.8, angle: 25, mirrored: true },
];

const shifts = [-1, 0, 1];

/** Views of an object: every style at every shift. */
export const viewsOfObject = objectStyles.length * shifts.length ** 2;

/** Pixels of a picture: two squares side by side, three numbers each. */
export const pictureSize = { height: viewSide, width: 2 * viewSide } as const;

/** An object and its color, as a number from 0 to 47: `object * 6 + color`. */
export type ThingId = number;

/** How many things there are. */
export const thingCount = objectNames.length * colorNames.length;

/** A pair of things, the left one first. */
export type Pair = readonly [ThingId, ThingId];

/**
 * What a picture of a pair is called. Both wordings have as many words.
 *
 * @param pair The things.
 * @param wording 0 to begin with the left one, 1 with the right one.
 *
 * @example
 * ```ts
 * import { captionOf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(captionOf([0, 9], 0), "a red apple left of a blue car");
 * assertEquals(captionOf([0, 9], 1), "a blue car right of a red apple");
 * ```
 */
export function captionOf([left, right]: Pair, wording: 0 | 1): string {
  const [a, b] = [left, right].map((thing) =>
    `a ${colorNames[thing % colorNames.length]} ${
      objectNames[Math.floor(thing / colorNames.length)]
    }`
  );
  return wording === 0 ? `${a} left of ${b}` : `${b} right of ${a}`;
}

/** Pairs of different objects, in three parts. */
export interface PairSplit {
  /** What a generator is trained on: 1,200 pairs. */
  trained: readonly Pair[];
  /** Pairs that it never sees, of things that it does: 200 pairs. */
  heldOut: readonly Pair[];
  /** Pairs with a thing that it never sees, of an object and a color that it does. */
  unseen: readonly Pair[];
}

const trainedPairs = 1200;

/** The things that no generator is trained on: one color of each object. */
export const unseenThings: readonly ThingId[] = objectNames.map((_, object) =>
  object * colorNames.length + (object * 5 + 2) % colorNames.length
);

/** The pairs that a generator is trained on, and those that are held out. */
export const pairSplit: PairSplit = splitPairs();

function splitPairs(): PairSplit {
  const things = Array.from({ length: thingCount }, (_, thing) => thing);
  const objectOf = (thing: ThingId) => Math.floor(thing / colorNames.length);
  const pairs = things
    .flatMap((a) => things.map((b): Pair => [a, b]))
    .filter(([a, b]) => objectOf(a) !== objectOf(b))
    .map((pair, i) => ({ pair, order: scattered(i) }))
    .sort((a, b) => a.order - b.order)
    .map(({ pair }) => pair);
  const isUnseen = (pair: Pair) =>
    pair.some((thing) => unseenThings.includes(thing));
  const seen = pairs.filter((pair) => !isUnseen(pair));
  return {
    trained: seen.slice(0, trainedPairs),
    heldOut: seen.slice(trainedPairs),
    unseen: pairs.filter(isUnseen),
  };
}

/** A whole number that looks like chance and is always the same (Knuth's hash). */
function scattered(i: number): number {
  return Math.imul(i + 1, 2654435761) >>> 0;
}

/** Draws every view of every object: the exact templates of the pictures. */
export function drawTemplates(): Promise<ObjectViews> {
  return drawViews(
    objectNames.flatMap((object) =>
      objectStyles.flatMap((style) =>
        shifts.flatMap((y) =>
          shifts.map((x): ObjectView => ({ object, ...style, shift: [x, y] }))
        )
      )
    ),
  );
}

/**
 * Draws pictures of pairs: views and a background are chosen at random, of equal chance.
 *
 * @param views Views of the objects, as many of each, those of an object together.
 * @param pairs Things, int32 `[N, 2]`.
 * @param keys int32 `[1, 2]`.
 * @returns `[N, 24 * 48 * 3]`, red, green and blue in [0, 1], row by row; the caller
 * disposes it.
 *
 * @example
 * ```ts
 * import { drawPairs, drawTemplates, keys, pairSplit, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const templates = await drawTemplates();
 * const [first, second] = pairSplit.trained;
 * const pictures = tf.tidy(() =>
 *   drawPairs(templates, tf.tensor2d([[...first], [...second]], [2, 2], "int32"), keys([0]))
 * );
 * assertEquals(pictures.shape, [2, 24 * 48 * 3]);
 * tf.dispose([{ ...templates }, pictures]);
 * ```
 */
export function drawPairs(
  views: ObjectViews,
  pairs: Tensor,
  keys: Tensor,
): Tensor {
  return tf.tidy(() => {
    const [count] = pairs.shape;
    const background = tf.gather(
      tf.tensor2d(backgrounds.map((color) => [...color])),
      drawIds(foldIn(keys, 0), count, backgrounds.length),
    );
    const halves = tf.unstack(pairs, 1).map((things, side) =>
      drawThings(views, things, foldIn(keys, 1 + side), background)
    );
    return tf.reshape(tf.concat(halves, 2), [count, -1]);
  });
}

/**
 * Draws things, each in a square of its own, before backgrounds `[N, 3]`.
 *
 * @param views As for {@linkcode drawPairs}.
 * @param things int32 `[N]`.
 * @param keys int32 `[1, 2]`.
 * @param background Its colors, `[N, 3]`.
 * @returns `[N, 24, 24, 3]`, which the caller disposes.
 */
export function drawThings(
  { ink, gap }: ObjectViews,
  things: Tensor,
  keys: Tensor,
  background: Tensor,
): Tensor {
  return tf.tidy(() => {
    const [count] = things.shape;
    const perObject = ink.shape[0] / objectNames.length;
    const ids = tf.cast(things, "float32");
    const object = tf.floor(tf.div(ids, colorNames.length));
    const color = tf.sub(ids, tf.mul(object, colorNames.length));
    const view = tf.add(
      tf.mul(object, perObject),
      tf.cast(drawIds(keys, count, perObject), "float32"),
    );
    const chosen = tf.gather(colorTable(), tf.cast(color, "int32"));
    const rows = tf.cast(view, "int32");
    const parts = [[ink, chosen], [gap, background]].map(([map, colors]) =>
      tf.mul(
        tf.expandDims(tf.gather(map, rows), 2), // [N, 576, 1]
        tf.expandDims(colors, 1), // [N, 1, 3]
      )
    );
    return tf.reshape(tf.add(parts[0], parts[1]), [
      count,
      viewSide,
      viewSide,
      3,
    ]);
  });
}

/** The colors, `[6, 3]`. */
export const colorTable = (): Tensor =>
  tf.tensor2d(Object.values(objectColors).map((color) => [...color]));

/** Whole numbers below a limit, int32 `[count]`. */
function drawIds(keys: Tensor, count: number, limit: number): Tensor {
  const draws = tf.mul(uniform(keys, [count]), limit);
  return tf.reshape(tf.cast(tf.floor(draws), "int32"), [count]);
}
