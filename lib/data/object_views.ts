import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { type Tensor, tf } from "../tf/backend.ts";

/** Pixels along an edge of the square that an object is drawn in. */
export const viewSide = 24;

/** The objects, by their names in captions, and the icons that draw them. */
export const objectIcons = {
  apple: "red-apple",
  car: "automobile",
  fish: "fish",
  umbrella: "umbrella",
  mushroom: "mushroom",
  house: "house",
  butterfly: "butterfly",
  star: "star",
} as const;

/** The name of an object. */
export type ObjectName = keyof typeof objectIcons;

/** How an object lies in its square. */
export interface ObjectView {
  /** Which object. */
  object: ObjectName;
  /** Its size, as a part of the square. */
  scale: number;
  /** Degrees that it is turned by, clockwise. */
  angle: number;
  /** Whether left and right are swapped. */
  mirrored: boolean;
  /** Pixels that it is moved by, to the right and down. */
  shift: readonly [number, number];
}

/**
 * Views of objects without their colors, which are chosen later: an object of color `k`
 * before a background of color `b` has the pixels `ink k + gap b`.
 */
export interface ObjectViews {
  /** How much of the object's color each pixel takes, `[V, 576]` in [0, 1]. */
  ink: Tensor;
  /** How much of the background is seen, `[V, 576]` in [0, 1]. */
  gap: Tensor;
}

/** The shade of an icon's darkest part; its brightest is 1. */
const darkest = 0.35;

/** The edge of an icon, in its own units. */
const iconSide = 32;

/**
 * Draws objects: icons of npm `@iconify-json/fluent-emoji-flat` 1.2.6 (MIT), rendered by
 * resvg. Shades stay, colors do not.
 *
 * @param views What to draw.
 * @returns The views, whose tensors the caller disposes.
 * @throws {RangeError} If an icon is missing.
 *
 * @example
 * ```ts
 * import { drawViews, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const star = { object: "star", scale: 0.8, angle: 0, mirrored: false } as const;
 * const { ink, gap } = await drawViews([{ ...star, shift: [0, 0] }]);
 * assertEquals(ink.shape, [1, 24 * 24]);
 * assertEquals((await gap.data())[0], 1); // a corner of the square
 * tf.dispose([ink, gap]);
 * ```
 */
export async function drawViews(
  views: readonly ObjectView[],
): Promise<ObjectViews> {
  const bodies = await readIcons();
  const pixels = viewSide * viewSide;
  const ink = new Float32Array(views.length * pixels);
  const gap = new Float32Array(views.length * pixels);
  const brightest = new Map<ObjectName, number>();
  for (const [i, view] of views.entries()) {
    const { object } = view;
    if (!brightest.has(object)) {
      const whole = { object, scale: 1, angle: 0, mirrored: false } as const;
      const { luminance } = render({ ...whole, shift: [0, 0] }, bodies);
      brightest.set(object, Math.max(...luminance));
    }
    const { luminance, alpha } = render(view, bodies);
    const most = brightest.get(object)!;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const shade = Math.min(1, luminance[pixel] / most);
      const at = i * pixels + pixel;
      ink[at] = alpha[pixel] * (darkest + (1 - darkest) * shade);
      gap[at] = 1 - alpha[pixel];
    }
  }
  const shape: [number, number] = [views.length, pixels];
  return { ink: tf.tensor2d(ink, shape), gap: tf.tensor2d(gap, shape) };
}

/** The brightness of each pixel and how much of it is covered, in [0, 1]. */
function render(
  { object, scale, angle, mirrored, shift }: ObjectView,
  bodies: Record<ObjectName, string>,
): { luminance: number[]; alpha: number[] } {
  const middle = iconSide / 2;
  const unit = iconSide / viewSide;
  const [x, y] = shift.map((pixels) => middle + pixels * unit);
  const transform = `translate(${x} ${y}) rotate(${angle}) scale(${
    mirrored ? -scale : scale
  } ${scale}) translate(${-middle} ${-middle})`;
  const image = new Resvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${viewSide}" height="${viewSide}" viewBox="0 0 ${iconSide} ${iconSide}"><g transform="${transform}">${
      bodies[object]
    }</g></svg>`,
  ).render();
  const bytes = image.pixels; // red, green, blue, alpha
  const luminance: number[] = [];
  const alpha: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const [r, g, b, a] = bytes.subarray(at, at + 4);
    luminance.push((0.299 * r + 0.587 * g + 0.114 * b) / 255);
    alpha.push(a / 255);
  }
  return { luminance, alpha };
}

/** The drawings of the objects, as parts of an SVG. */
async function readIcons(): Promise<Record<ObjectName, string>> {
  const path = createRequire(import.meta.url)
    .resolve("@iconify-json/fluent-emoji-flat/icons.json");
  const { icons } = JSON.parse(await Deno.readTextFile(path));
  return Object.fromEntries(
    Object.entries(objectIcons).map(([object, icon]) => {
      const body = icons?.[icon]?.body;
      if (typeof body !== "string") {
        throw new RangeError(`Expected an icon "${icon}" in ${path}, got none`);
      }
      return [object, body];
    }),
  ) as Record<ObjectName, string>;
}
