import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  backgrounds,
  colorNames,
  drawPairs,
  drawTemplates,
  objectColors,
  pairSplit,
  viewsOfObject,
} from "../../lib/data/two_objects.ts";
import { matchPairs, pairReward } from "../../lib/rewards/pair_match.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal, uniform } from "../../lib/tf/random.ts";

const templates = await drawTemplates();

/** All pairs of a split, as the things of rows. */
const pairsOf = (pairs: readonly (readonly number[])[]) =>
  tf.tensor2d(pairs.map((pair) => [...pair]), undefined, "int32");

/** Compares each half with every render, one after the other. */
async function oracle(picture: number[]) {
  const [ink, gap] = await Promise.all(
    [templates.ink, templates.gap].map((map) =>
      map.array() as Promise<number[][]>
    ),
  );
  const colors = Object.values(objectColors);
  return [0, 1].map((side) => {
    const things = Array(48).fill(Infinity);
    const styles = Array(4).fill(Infinity);
    const behind = Array(4).fill(Infinity);
    let flaw = Infinity;
    ink.forEach((map, view) => {
      const object = Math.floor(view / viewsOfObject);
      const style = Math.floor(view % viewsOfObject / 9);
      const area = gap[view].reduce((sum, value) => sum + 1 - value, 0);
      colors.forEach((color, k) =>
        backgrounds.forEach((background, b) => {
          let sum = 0;
          for (let pixel = 0; pixel < 576; pixel++) {
            const [y, x] = [Math.floor(pixel / 24), pixel % 24];
            for (let channel = 0; channel < 3; channel++) {
              const render = map[pixel] * color[channel] +
                gap[view][pixel] * background[channel];
              const seen = picture[(y * 48 + 24 * side + x) * 3 + channel];
              sum += (seen - render) ** 2;
            }
          }
          const error = sum / 1728;
          const thing = object * colorNames.length + k;
          things[thing] = Math.min(things[thing], error);
          styles[style] = Math.min(styles[style], error);
          behind[b] = Math.min(behind[b], error);
          flaw = Math.min(flaw, error * 576 / area);
        })
      );
    });
    return { things, styles, backgrounds: behind, flaw: [flaw] };
  });
}

Deno.test("matchPairs() is the comparison with every render, one after the other", async () => {
  const pictures = tf.tidy(() => {
    const render = drawPairs(templates, pairsOf([[3, 20]]), keys([1]));
    const noise = tf.mul(0.2, normal(keys([2]), [1, render.shape[1]!]));
    return tf.concat([
      tf.add(render, tf.squeeze(noise, [0])),
      tf.squeeze(uniform(keys([3]), [1, render.shape[1]!]), [0]),
    ]);
  });
  const match = tf.tidy(() => ({ ...matchPairs(templates, pictures) }));
  const rows = await pictures.array() as number[][];
  for (const [i, picture] of rows.entries()) {
    for (const [side, expected] of (await oracle(picture)).entries()) {
      for (const [name, errors] of Object.entries(expected)) {
        const own = await match[name as keyof typeof match].array();
        const values = [(own as number[][][])[i][side]].flat();
        assertEquals(values.length, errors.length, name);
        values.forEach((value, k) =>
          assertAlmostEquals(value, errors[k], 2e-6)
        );
      }
    }
  }
  tf.dispose([pictures, match]);
});

/** How many of the pictures are right, and their mean reward. */
async function rightOf(change: (pictures: Tensor) => Tensor) {
  const result = tf.tidy(() => {
    const pairs = pairsOf(Object.values(pairSplit).flat());
    const pictures = change(drawPairs(templates, pairs, keys([4])));
    const { things } = matchPairs(templates, pictures);
    const { reward, right } = pairReward(things, pairs);
    return tf.stack([tf.mean(right), tf.mean(reward)]);
  });
  const [right, reward] = await result.data();
  result.dispose();
  return { right, reward };
}

Deno.test("every real render is right, and stays so under noise", async () => {
  const exact = await rightOf((pictures) => pictures);
  assertEquals(exact.right, 1);
  // Other things are near enough to count a little.
  assertAlmostEquals(exact.reward, 1, 0.02);
  const noisy = await rightOf((pictures) =>
    tf.add(
      pictures,
      tf.mul(0.3, tf.squeeze(normal(keys([5]), pictures.shape), [0])),
    )
  );
  assert(noisy.right > 0.995, `${noisy.right}`);
});

Deno.test("halves that are swapped are worth next to nothing", async () => {
  const swapped = await rightOf((pictures) => {
    const halves = tf.split(tf.reshape(pictures, [-1, 24, 48, 3]), 2, 2);
    return tf.reshape(tf.concat(halves.toReversed(), 2), pictures.shape);
  });
  assertEquals(swapped.right, 0);
  assert(swapped.reward < 0.05, `${swapped.reward}`);
});

Deno.test("an empty picture is near small objects, and flawed all the same", async () => {
  const [empty, render] = tf.tidy(() => {
    const background = tf.tensor1d([...backgrounds[0]]);
    const pictures = [
      tf.reshape(tf.tile(background, [24 * 48]), [1, -1]),
      drawPairs(templates, pairsOf([[3, 20]]), keys([1])),
    ];
    return pictures.map((picture) => matchPairs(templates, picture).flaw);
  });
  assert(Math.min(...await empty.data()) > 0.1);
  assert(Math.max(...await render.data()) < 1e-4);
  tf.dispose([empty, render]);
});

Deno.test("pairReward() is the share of what is asked for, worked by hand", async () => {
  const things = Array.from({ length: 2 }, () => Array(48).fill(1));
  things[0][5] = 0; // certain
  things[1][7] = 0.002;
  things[1][9] = 0.002 * (1 - Math.log(3)); // three times as likely
  const [reward, right] = tf.tidy(() => {
    const errors = tf.tensor3d([things]);
    const asked = tf.tensor2d([[5, 7]], undefined, "int32");
    const { reward, right } = pairReward(errors, asked);
    return [reward, right];
  });
  assertAlmostEquals((await reward.data())[0], (1 + 1 / 4) / 2, 1e-5);
  assertEquals([...await right.data()], [0]);
  tf.dispose([reward, right]);
});

Deno.test("pictures of another size are refused", () => {
  const wrong = tf.zeros([2, 100]);
  assertThrows(
    () => matchPairs(templates, wrong),
    TypeError,
    "Expected pictures of shape [R, 3456], got [2,100]",
  );
  wrong.dispose();
});
