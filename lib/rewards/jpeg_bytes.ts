import encode, { init } from "@jsquash/jpeg/encode.js";
import { createRequire } from "node:module";

/** What writes the files of {@linkcode jpegBytes}: they change when this does. */
export const jpegEncoder = "MozJPEG of @jsquash/jpeg 1.6.0, quality 95";

let ready: Promise<void> | undefined;

/** Loads the encoder, once. */
const prepare = (): Promise<void> =>
  ready ??= (async () => {
    const path = createRequire(import.meta.url)
      .resolve("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm");
    await init(await WebAssembly.compile(await Deno.readFile(path)));
  })();

/**
 * How large the JPEG file of a picture is, by MozJPEG at quality 95. It runs on the
 * host: no gradient reaches the picture.
 *
 * The quality is that of the compressibility reward of Black et al. (2023, arXiv
 * 2305.13301), which Fan et al. (ICLR 2025, arXiv 2502.06061) fine-tune flows for.
 *
 * @param pixels Red, green and blue from 0 to 255, row by row.
 * @param size The picture's `height` and `width`.
 * @returns The bytes of the file, its header of some 300 bytes included.
 * @throws {RangeError} If there is another number of pixels.
 *
 * @example
 * ```ts
 * import { jpegBytes } from "kit";
 * import { assert } from "@std/assert";
 *
 * const size = { height: 8, width: 16 };
 * const flat = new Uint8Array(3 * 8 * 16).fill(200);
 * const striped = flat.map((level, i) => i % 2 === 0 ? level : 0);
 * assert(await jpegBytes(flat, size) < await jpegBytes(striped, size));
 * ```
 */
export async function jpegBytes(
  pixels: Uint8Array,
  { height, width }: { height: number; width: number },
): Promise<number> {
  const count = height * width;
  if (pixels.length !== 3 * count) {
    throw new RangeError(
      `Expected pixels of ${height} x ${width} x 3 bytes, got ${pixels.length}`,
    );
  }
  await prepare();
  const data = new Uint8ClampedArray(4 * count).fill(255);
  for (let i = 0; i < count; i++) {
    data.set(pixels.subarray(3 * i, 3 * i + 3), 4 * i);
  }
  const picture = { data, width, height } as ImageData; // All that the encoder reads.
  return (await encode(picture, { quality: 95 })).byteLength;
}
