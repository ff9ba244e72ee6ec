import { assert, assertEquals } from "@std/assert";
import { drawViews } from "../../lib/data/object_views.ts";
import {
  backgrounds,
  captionOf,
  drawPairs,
  drawTemplates,
  objectNames,
  pairSplit,
  thingCount,
  unseenThings,
  viewsOfObject,
} from "../../lib/data/two_objects.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";

Deno.test("the parts of the pairs are whole, apart, and always the same", () => {
  const { trained, heldOut, unseen } = pairSplit;
  const all = [trained, heldOut, unseen].flat();
  // 48 things, each beside the 42 of another object; 40 of them are seen.
  assertEquals(new Set(all.map(String)).size, 48 * 42);
  assertEquals(all.length, 48 * 42);
  assertEquals([trained.length, heldOut.length], [1200, 40 * 35 - 1200]);
  assertEquals(unseenThings.length, objectNames.length);
  const hasUnseen = (pair: readonly number[]) =>
    pair.some((thing) => unseenThings.includes(thing));
  assert(![...trained, ...heldOut].some(hasUnseen));
  assert(unseen.every(hasUnseen));
  // Every thing that is seen is on either side of some pair of training.
  for (const side of [0, 1]) {
    const there = new Set(trained.map((pair) => pair[side]));
    assertEquals(there.size, thingCount - unseenThings.length);
  }
  assertEquals(trained.slice(0, 2).map((pair) => captionOf(pair, 0)), [
    "a green fish left of a blue mushroom",
    "a black mushroom left of a yellow apple",
  ]);
});

Deno.test("a view is drawn where and how it is asked for", async () => {
  const house = { object: "house", scale: 0.6, angle: 0 } as const;
  const views = await drawViews([
    { ...house, mirrored: false, shift: [0, 0] },
    { ...house, mirrored: false, shift: [3, 0] },
    { ...house, mirrored: true, shift: [0, 0] },
  ]);
  const [still, right, mirrored] = await tf.tidy(() =>
    tf.reshape(views.ink, [3, 24, 24])
  ).array() as number[][][];
  const close = (a: number[][], b: number[][]) => {
    const differences = a.flat().map((value, i) =>
      Math.abs(value - b.flat()[i])
    );
    assert(Math.max(...differences) < 0.1, `${Math.max(...differences)}`);
  };
  close(right.map((row) => row.slice(3)), still.map((row) => row.slice(0, -3)));
  close(mirrored, still.map((row) => row.toReversed()));
  assert(Math.max(...still.flat()) > 0.9);
  tf.dispose({ ...views });
});

Deno.test("a picture is ink of both colors before one background", async () => {
  const templates = await drawTemplates();
  assertEquals(templates.ink.shape, [objectNames.length * viewsOfObject, 576]);
  const pictures = tf.tidy(() => {
    const pairs = tf.tensor2d(
      Array.from({ length: 16 }, () => [2, 9]), // a green apple, a blue car
      undefined,
      "int32",
    );
    return tf.reshape(drawPairs(templates, pairs, keys([3])), [16, 24, 48, 3]);
  });
  const values = await pictures.array() as number[][][][];
  const known = backgrounds.map((color) =>
    color.map((value) => value.toFixed(4)).join()
  );
  for (const picture of values) {
    // Corners of both halves show the same background.
    assertEquals(picture[0][0], picture[23][47]);
    const corner = picture[0][0].map((value) => value.toFixed(4)).join();
    assert(known.includes(corner), corner);
    const ofColor = (channel: number, from: number) =>
      picture.flatMap((row) => row.slice(from, from + 24))
        .filter((pixel) =>
          pixel.every((value, k) =>
            k === channel || pixel[channel] > value + 0.2
          )
        ).length;
    assert(ofColor(1, 0) > 20 && ofColor(2, 24) > 20);
    assert(ofColor(2, 0) === 0 && ofColor(1, 24) === 0);
  }
  assert(new Set(values.map((picture) => `${picture[0][0]}`)).size > 1);
  tf.dispose([pictures, { ...templates }]);
});
