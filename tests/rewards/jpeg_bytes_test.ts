import { assert, assertEquals, assertRejects } from "@std/assert";
import { jpegBytes } from "../../lib/rewards/mod.ts";

const size = { height: 24, width: 48 };

/** A picture whose pixels are a function of their row and column. */
const picture = (level: (row: number, column: number) => number[]) =>
  Uint8Array.from(
    Array.from(
      { length: size.height },
      (_, row) =>
        Array.from({ length: size.width }, (_, column) => level(row, column))
          .flat(),
    ).flat(),
  );
const noise = () => {
  let state = 7;
  return picture(() =>
    [0, 1, 2].map(() => (state = (state * 75 + 74) % 65537) % 256)
  );
};

Deno.test("the more there is in a picture, the larger its file", async () => {
  const flat = picture(() => [255, 0, 0]);
  const ramp = picture((row, column) => [5 * column, 10 * row, 0]);
  const sizes = await Promise.all(
    [flat, ramp, noise()].map((pixels) => jpegBytes(pixels, size)),
  );
  assert(sizes[0] < sizes[1] && sizes[1] < sizes[2], `${sizes}`);
  assert(sizes[0] > 250 && sizes[2] < 3 * 24 * 48 * 1.2, `${sizes}`);
});

Deno.test("rows and columns, and the three colors, are where they belong", async () => {
  // Stripes of the width of a block: flat blocks, unless they are read otherwise.
  const blocks = picture((_, column) =>
    column % 16 < 8 ? [255, 0, 0] : [0, 0, 255]
  );
  const turned = { height: size.width, width: size.height };
  const right = await jpegBytes(blocks, size);
  assert(await jpegBytes(blocks, turned) > 1.3 * right);
  const gray = blocks.map((_, i) => blocks[i - i % 3]);
  assert(await jpegBytes(gray, size) < right);
});

Deno.test("the same picture has the same size, also among others", async () => {
  const [a, b] = [noise(), picture(() => [9, 9, 9])];
  const together = await Promise.all([a, b, a].map((p) => jpegBytes(p, size)));
  assertEquals(together, [
    await jpegBytes(a, size),
    await jpegBytes(b, size),
    together[0],
  ]);
});

Deno.test("another number of pixels is refused", async () => {
  await assertRejects(
    () => jpegBytes(new Uint8Array(12), size),
    RangeError,
    "Expected pixels of 24 x 48 x 3 bytes, got 12",
  );
});
