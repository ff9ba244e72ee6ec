import { type ObjectViews, viewSide } from "../data/object_views.ts";
import {
  backgrounds,
  colorNames,
  colorTable,
  objectNames,
  objectStyles,
  pictureSize,
  thingCount,
} from "../data/two_objects.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/** How far both halves of pictures are from all exact renders. */
export interface PairMatch {
  /** The least squared error, the mean over a half's numbers, of each thing, `[R, 2, 48]`. */
  things: Tensor;
  /** The same of each style, `[R, 2, 4]`. */
  styles: Tensor;
  /** The same of each background, `[R, 2, 4]`. */
  backgrounds: Tensor;
  /**
   * The least squared error for each number that the render's object covers, `[R, 2]`:
   * an empty picture, near every small object, is far from all by this.
   */
  flaw: Tensor;
}

const pixels = viewSide * viewSide;
const halfSize = 3 * pixels;
/** Renders of a view: each color before each background. */
const perView = colorNames.length * backgrounds.length;

/**
 * Compares pictures with every exact render: every object, color, style, shift and
 * background, 6,912 for each half. A render is `ink k + gap b`, so that all products
 * with a picture come from those with `ink` and `gap`: none of them is ever drawn.
 *
 * @param views The templates; see {@linkcode drawTemplates}.
 * @param pictures `[R, 24 * 48 * 3]`, as {@linkcode drawPairs} draws them.
 * @returns The errors; gradients reach `pictures`; the caller disposes them.
 * @throws {TypeError} If the pictures have another size.
 *
 * @example
 * ```ts
 * import { drawPairs, drawTemplates, keys, matchPairs, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const templates = await drawTemplates();
 * const [best] = tf.tidy(() => {
 *   const pairs = tf.tensor2d([[0, 9]], [1, 2], "int32"); // a red apple, a blue car
 *   const picture = drawPairs(templates, pairs, keys([0]));
 *   const { things } = matchPairs(templates, picture);
 *   return tf.argMin(things, -1).arraySync() as number[][];
 * });
 * assertEquals(best, [0, 9]);
 * tf.dispose({ ...templates });
 * ```
 */
export function matchPairs(
  { ink, gap }: ObjectViews,
  pictures: Tensor,
): PairMatch {
  const { height, width } = pictureSize;
  if (pictures.rank !== 2 || pictures.shape[1] !== height * width * 3) {
    throw new TypeError(
      `Expected pictures of shape [R, ${
        height * width * 3
      }], got [${pictures.shape}]`,
    );
  }
  const [count] = pictures.shape;
  const [views] = ink.shape;
  return tf.tidy(() => {
    const cut = tf.reshape(pictures, [count, height, 2, viewSide, 3]);
    const halves = tf.reshape(tf.transpose(cut, [0, 2, 4, 1, 3]), [-1, pixels]);
    const colors = colorTable();
    const behind = tf.tensor2d(backgrounds.map((color) => [...color]));
    // Products of each half's red, green and blue with a map, then with the colors.
    const withColors = (map: Tensor, colors: Tensor) => {
      const products = tf.matMul(halves, map, false, true);
      const byColor = tf.transpose(
        tf.reshape(products, [-1, 3, views]),
        [0, 2, 1],
      );
      const all = tf.matMul(
        tf.reshape(byColor, [-1, 3]),
        colors,
        false,
        true,
      );
      return tf.reshape(all, [2 * count, views, -1]);
    };
    const product = tf.add(
      tf.expandDims(withColors(ink, colors), 3), // [2 R, V, 6, 1]
      tf.expandDims(withColors(gap, behind), 2), // [2 R, V, 1, 4]
    );
    const own = tf.reshape(tf.sum(tf.square(halves), 1), [-1, 3]);
    const squares = tf.reshape(tf.sum(own, 1), [-1, 1, 1, 1]);
    const errors = tf.relu(tf.div(
      tf.add(
        tf.sub(squares, tf.mul(product, 2)),
        renderSquares({ ink, gap }, colors, behind),
      ),
      halfSize,
    ));
    const least = (shape: number[], axes: number[]) =>
      tf.reshape(tf.min(tf.reshape(errors, [-1, ...shape]), axes), [
        count,
        2,
        -1,
      ]);
    const [objects, styles] = [objectNames.length, objectStyles.length];
    const perStyle = views / objects / styles;
    const area = tf.sum(tf.sub(1, gap), 1);
    const nearest = tf.min(tf.reshape(errors, [-1, views, perView]), 2);
    const relative = tf.div(tf.mul(nearest, pixels), area);
    return {
      things: least(
        [objects, views / objects, colorNames.length, backgrounds.length],
        [2, 4],
      ),
      styles: least([objects, styles, perStyle * perView], [1, 3]),
      backgrounds: least([views * colorNames.length, backgrounds.length], [1]),
      flaw: tf.reshape(tf.min(relative, 1), [count, 2]),
    };
  });
}

/** The squared length of every render, `[V, 6, 4]`. */
function renderSquares(
  { ink, gap }: ObjectViews,
  colors: Tensor,
  behind: Tensor,
): Tensor {
  const along = (a: Tensor, b: Tensor) =>
    tf.reshape(tf.sum(tf.mul(a, b), 1), [-1, 1, 1]);
  const squares = (colors: Tensor) => tf.sum(tf.square(colors), 1);
  const both = tf.matMul(colors, behind, false, true); // [6, 4]
  return tf.addN([
    tf.mul(along(ink, ink), tf.reshape(squares(colors), [1, -1, 1])),
    tf.mul(tf.mul(along(ink, gap), 2), both),
    tf.mul(along(gap, gap), squares(behind)),
  ].map((part) => tf.add(part, tf.zerosLike(both))));
}

/** The error at which a thing counts `e` times less than one that fits exactly. */
const matchTemperature = 0.002;

/**
 * How much of what a caption asks for is there: of each half the probability of the
 * thing that is asked for, `softmax(-error / 0.002)` over the 48 things, and the mean
 * over both halves.
 *
 * @param things The least error of each thing, `[..., N, 2, 48]`.
 * @param asked The things that are asked for, int32 `[N, 2]`.
 * @returns `reward` `[..., N]` in [0, 1], whose gradient reaches `things`; and `right`,
 * 1 where both halves are nearest to what is asked for, else 0.
 *
 * @example
 * ```ts
 * import { pairReward, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * // Errors of 48 things in both halves: things 3 and 5 fit exactly.
 * const errors = tf.fill([1, 2, 48], 1).arraySync() as number[][][];
 * errors[0][0][3] = errors[0][1][5] = 0;
 * const right = tf.tidy(() =>
 *   pairReward(tf.tensor(errors), tf.tensor2d([[3, 5]], undefined, "int32")).right
 * );
 * assertEquals(await right.array(), [1]);
 * right.dispose();
 * ```
 */
export function pairReward(
  things: Tensor,
  asked: Tensor,
): { reward: Tensor; right: Tensor } {
  return tf.tidy(() => {
    const ids = tf.range(0, thingCount, 1, "int32");
    const wanted = tf.cast(
      tf.equal(tf.expandDims(asked, -1), ids),
      "float32",
    ); // [N, 2, 48]
    const shares = tf.softmax(tf.div(things, -matchTemperature));
    const errors = tf.sum(tf.mul(things, wanted), -1);
    const nearest = tf.lessEqual(errors, tf.min(things, -1));
    return {
      reward: tf.mean(tf.sum(tf.mul(shares, wanted), -1), -1),
      right: tf.min(tf.cast(nearest, "float32"), -1),
    };
  });
}
