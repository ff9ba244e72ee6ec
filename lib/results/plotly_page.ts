import { JSDOM } from "jsdom";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import type { Figure } from "./figure.ts";
import { type Box, measureText } from "./measure_text.ts";
import { packageFile } from "./package_file.ts";

/** What is used of an element of the page. */
interface PageElement {
  readonly outerHTML: string;
  readonly style: { readonly fontSize: string };
  matches(selector: string): boolean;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** A simulated page with plotly in it. */
export interface PlotlyPage {
  readonly toSvg: (figure: Figure) => Promise<string>;
}

let page: Promise<PlotlyPage> | undefined;

/** Opens the page on first use; it is shared from then on. */
export function openPage(): Promise<PlotlyPage> {
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
