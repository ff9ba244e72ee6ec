import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { decode } from "fast-png";
import { figure } from "../../lib/results/figure.ts";
import { measureText } from "../../lib/results/measure_text.ts";
import {
  colorPictureGrid,
  montage,
  pictureGrid,
} from "../../lib/results/pictures.ts";
import { renderPng, renderSvg } from "../../lib/results/render.ts";
import { densityContours } from "../../lib/results/sample_traces.ts";

const shown = () =>
  figure([
    { x: [0, 1, 2], y: [0.5, 2.5, 1.5], name: "first" },
    { x: [0, 1, 2], y: [1, 2, 3], name: "second" },
  ], { title: "Two lines", xTitle: "time (s)", yTitle: "height (m)" });

/** The texts of an SVG. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);
}

Deno.test("renderSvg() draws every word and tick, in the kit's font", async () => {
  const svg = await renderSvg(shown());
  const words = texts(svg);
  for (
    const word of ["Two lines", "time (s)", "height (m)", "first", "second"]
  ) {
    assert(words.includes(word), `${word} in ${words}`);
  }
  for (const tick of ["0", "0.5", "1", "1.5", "2", "2.5", "3"]) {
    assert(words.includes(tick), `${tick} in ${words}`);
  }
  assert(svg.includes("DejaVu Sans"));
});

Deno.test("equal figures give equal bytes, whatever is drawn between", async () => {
  const svg = await renderSvg(shown());
  const png = await renderPng(shown());
  await renderSvg(figure([{ x: [1], y: [1] }], { title: "Other" }));
  assertEquals(await renderSvg(shown()), svg);
  assertEquals(await renderPng(shown()), png);
});

Deno.test("renderSvg() leaves the figure as it was", async () => {
  const before = shown();
  await renderSvg(before);
  assertEquals(before, shown());
});

Deno.test("renderPng() draws at twice the size, on white", async () => {
  const { width, height, data, channels } = decode(await renderPng(shown()));
  assertEquals([width, height], [1440, 920]);
  assertEquals([...data.subarray(0, channels)], [255, 255, 255, 255]);
  // Something is drawn in the first series' blue, #0072B2.
  let blue = 0;
  for (let i = 0; i < data.length; i += channels) {
    if (data[i] === 0 && data[i + 1] === 0x72 && data[i + 2] === 0xb2) blue++;
  }
  assert(blue > 1000, `${blue} pixels`);
});

Deno.test("renderPng() outlives lines far from the view", async () => {
  const layout = { xaxis: { range: [0, 1] }, yaxis: { range: [0, 1] } };
  const [x, y] = [[-0.5, 9], [18, 18]];
  for (const line of [{ x, y }, { x: y, y: x }, { x, y: [-18, -17] }]) {
    await renderPng(
      figure([{ ...line, mode: "lines" }], { title: "F", layout }),
    );
  }
});

Deno.test("renderPng() draws the part in view of a line that leaves it by far", async () => {
  const layout = { xaxis: { range: [0, 1] }, yaxis: { range: [0, 1] } };
  const color = "#ff0000";
  const red = async (x: number[], y: number[]) => {
    const trace = { x, y, mode: "lines" as const, line: { color, width: 4 } };
    const { data, channels } = decode(
      await renderPng(figure([trace], { title: "F", layout })),
    );
    return data.filter((value, i) =>
      i % channels === 0 && value === 255 && data[i + 1] === 0
    ).length;
  };
  assertEquals(await red([-90, 90], [0.5, 0.5]), await red([0, 1], [0.5, 0.5]));
  assert(await red([0, 1], [0.5, 0.5]) > 1000);
});

Deno.test("renderSvg() draws contours and pictures", async () => {
  const grid = {
    x: [0, 1, 2],
    y: [0, 1, 2],
    z: [[0, 1, 0], [1, 3, 1], [0, 1, 0]],
  };
  const contours = await renderSvg(
    figure(densityContours(grid, { title: "density" }), { title: "C" }),
  );
  assert(contours.includes("contourfill"));
  const pictures = await renderSvg(
    pictureGrid([{ label: "row", pictures: [[1, -1, 1, -1]] }], {
      title: "P",
      side: 2,
      headings: ["start"],
    }),
  );
  assert(pictures.includes("data:image/png;base64,"));
  assert(texts(pictures).includes("row") && texts(pictures).includes("start"));
});

Deno.test("montage() is dark ink on white paper with a gap", () => {
  const uri = montage([[[1, -1, 0, 9]], [[-1, -1, -1, -1]]], 2);
  const bytes = Uint8Array.fromBase64(
    uri.slice("data:image/png;base64,".length),
  );
  const { width, height, data } = decode(bytes);
  assertEquals([width, height], [4, 8]);
  // Row by row: the gap; 1 is black, -1 white; 0 is grey, 9 is clipped to black.
  assertEquals([...data.subarray(0, 16)], [
    ...[255, 255, 255, 255],
    ...[255, 0, 255, 255],
    ...[255, 128, 0, 255],
    ...[255, 255, 255, 255],
  ]);
  assert(data.subarray(16).every((grey) => grey === 255));
});

Deno.test("a grid of color pictures keeps their shape, their places and their colors", () => {
  const [red, blue] = [[250, 10, 20], [5, 15, 240]];
  const one = Uint8Array.from([...red, ...blue]); // one row of two pixels
  const other = Uint8Array.from([...blue, ...blue]);
  const rows = [{ label: "a caption", pictures: [one, other] }];
  const size = { height: 1, width: 2 };
  const { layout } = colorPictureGrid(rows, { title: "P", ...size });
  const [{ source = "" } = {}] = layout.images ?? [];
  const { width, height, channels, data } = decode(
    Uint8Array.fromBase64(source.slice("data:image/png;base64,".length)),
  );
  assertEquals([width, height, channels], [8, 3, 3]);
  const pixel = (x: number) => [...data.subarray((8 + x) * 3, (9 + x) * 3)];
  const white = [255, 255, 255];
  assertEquals(
    Array.from({ length: 8 }, (_, x) => pixel(x)),
    [white, red, blue, white, white, blue, blue, white],
  );
  assertThrows(
    () => colorPictureGrid(rows, { title: "P", height: 2, width: 2 }),
    RangeError,
    "expected 12 values a picture, got 6",
  );
});

Deno.test("montage() refuses pictures that do not fit", () => {
  assertThrows(() => montage([], 2), RangeError, "no row");
  assertThrows(() => montage([[[1]], []], 1), RangeError, "got 1, 0");
  assertThrows(() => montage([[[1, 2, 3]]], 2), RangeError, "4 values");
});

Deno.test("measureText() measures in DejaVu Sans", () => {
  const text = (words: string, attributes = "") =>
    `<text x="0" y="0"${attributes} style="font-family: 'DejaVu Sans'; font-size: 100px;">${words}</text>`;
  // The advance of "H" is 1540 of 2048 units: each more takes 75.2 pixels.
  const more = measureText(text("HH"), 100).width -
    measureText(text("H"), 100).width;
  assert(Math.abs(more - 75.2) < 0.1, `${more}`);
  const moved = measureText(text("H", ` transform="translate(7, 30)"`), 100);
  assertEquals(moved.y, measureText(text("H"), 100).y + 30);
  // A quarter turn swaps the sides; about a point, it moves the box there.
  const flat = measureText(text("HHH"), 100);
  const turned = measureText(
    text("HHH", ` transform="rotate(90, 50, 0)"`),
    100,
  );
  assertAlmostEquals(turned.width, flat.height, 1e-9);
  assertAlmostEquals(turned.height, flat.width, 1e-9);
  assertAlmostEquals(turned.x, 50 - (flat.y + flat.height), 1e-9);
  assertAlmostEquals(turned.y, flat.x - 50, 1e-9);
});
