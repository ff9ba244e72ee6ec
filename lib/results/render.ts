import { Resvg } from "@resvg/resvg-js";
import { JSDOM } from "jsdom";
import type { Data, Layout } from "plotly.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Box, fonts, measureText, packageFile } from "./measure_text.ts";

/** A trace as plotly draws it. */
export type Trace = Data;

/** A figure as a plain value; in a notebook it is shown live. */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Partial<Layout>;
}

/**
 * Renders a figure as SVG, by plotly in a simulated page. Equal figures give equal
 * bytes: the letters are measured in the kit's own fonts, not the machine's, and
 * plotly's random names are drawn from a fixed seed.
 *
 * @param figure The figure.
 * @returns The SVG text.
 *
 * @example
 * ```ts
 * import { figure, renderSvg } from "kit";
 * import { assertMatch } from "@std/assert";
 *
 * const svg = await renderSvg(figure([{ x: [1, 2], y: [3, 4] }], { title: "Two" }));
 * assertMatch(svg, /^<svg/);
 * ```
 */
export async function renderSvg({ data, layout }: Figure): Promise<string> {
  const page = await openPage();
  // Plotly writes defaults into what it is given: hand it a copy.
  return await page.toSvg(structuredClone({ data, layout }));
}

/**
 * Renders a figure as PNG at twice its size in pixels, from its SVG and the kit's
 * own fonts; equal figures give equal bytes.
 *
 * @param figure The figure.
 * @returns The bytes of the PNG file.
 *
 * @example
 * ```ts
 * import { figure, renderPng } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const png = await renderPng(figure([{ x: [1, 2], y: [3, 4] }], { title: "Two" }));
 * assertEquals([...png.slice(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
 * ```
 */
export async function renderPng(figure: Figure): Promise<Uint8Array> {
  const image = new Resvg(withoutUnseen(await renderSvg(figure)), {
    font: fonts,
    fitTo: { mode: "zoom", value: 2 },
    background: "white",
  });
  return new Uint8Array(image.render().asPng());
}

/**
 * Empties the lines of which no part is on the page: resvg ends the process on a clipped
 * line that is far from it.
 */
function withoutUnseen(svg: string): string {
  const [width, height] = ["width", "height"].map((side) =>
    Number(new RegExp(`^<svg[^>]* ${side}="([^"]*)"`).exec(svg)?.[1])
  );
  // A plot stands right of and below the page's corner, by less than the page's size.
  const beyond = (values: number[], size: number) =>
    values.every((value) => value < -size) ||
    values.every((value) => value > size);
  return svg.replaceAll(/ d="(M[-+\d.,eL]*)"/g, (whole, line: string) => {
    const points = line.slice(1).split("L").map((at) =>
      at.split(",").map(Number)
    );
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    return beyond(xs, width) || beyond(ys, height) ? ` d="M0,0"` : whole;
  });
}

/** What is used of an element of the page. */
interface PageElement {
  readonly outerHTML: string;
  readonly style: { readonly fontSize: string };
  matches(selector: string): boolean;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** A simulated page with plotly in it. */
interface PlotlyPage {
  readonly toSvg: (figure: Figure) => Promise<string>;
}

let page: Promise<PlotlyPage> | undefined;

/** Opens the page on first use; it is shared from then on. */
function openPage(): Promise<PlotlyPage> {
  return page ??= load();
}

async function load(): Promise<PlotlyPage> {
  const source = await Deno.readTextFile(
    packageFile("plotly.js-dist-min"),
  );
  const { window } = new JSDOM("<!doctype html><body></body>", {
    runScripts: "outside-only",
    pretendToBeVisual: true,
  });
  standIn(window);
  window.eval(source);
  return {
    async toSvg(figure) {
      const generator = xoroshiro128plus(1);
      window.Math.random = () => uniformFloat64(generator);
      return await window.Plotly.toImage(figure, {
        format: "svg",
        imageDataOnly: true,
      });
    },
  };
}

/** Stands in for what plotly asks of a browser and jsdom does not do. */
// deno-lint-ignore no-explicit-any
function standIn(window: any): void {
  window.URL.createObjectURL = () => "";
  window.HTMLCanvasElement.prototype.getContext = () => null;
  const element = window.SVGElement.prototype;
  element.getBBox = function (this: PageElement) {
    return boxOf(this);
  };
  element.getBoundingClientRect = function (this: PageElement) {
    const { x, y, width, height } = boxOf(this);
    const [right, bottom] = [x + width, y + height];
    return { x, y, width, height, left: x, top: y, right, bottom };
  };
  element.getComputedTextLength = function (this: PageElement) {
    return boxOf(this).width;
  };
}

/** The box about all texts in an element, itself included. */
function boxOf(element: PageElement): Box {
  const texts = element.matches("text")
    ? [element]
    : [...element.querySelectorAll("text")];
  if (texts.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const boxes = texts.map((text) =>
    measureText(plainMarkup(text), parseFloat(text.style.fontSize) || 12)
  );
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** The markup without plotly's notes, in which HTML leaves `<` and `>` as they are. */
function plainMarkup(text: PageElement): string {
  return text.outerHTML.replaceAll(/ data-[a-z]+="[^"]*"/g, "");
}
