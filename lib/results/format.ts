import type { Estimate } from "./statistics.ts";

/**
 * Writes a number for a table: whole numbers in full, others to four significant
 * digits.
 *
 * @param value Any number.
 * @returns The text.
 *
 * @example
 * ```ts
 * import { formatNumber } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatNumber(0.123456), "0.1235");
 * assertEquals(formatNumber(12800), "12800");
 * ```
 */
export function formatNumber(value: number): string {
  return Number.isInteger(value)
    ? String(value)
    : String(Number(value.toPrecision(4)));
}

/**
 * Writes a value with its 95% interval. The interval's half-width sets the
 * number of decimals, never fewer than two, so that no digit is noise.
 *
 * @param estimate The value and its interval.
 * @returns The text, such as `"0.83 [0.80, 0.86]"`; `"none"` where there was nothing to
 * measure, such as no common rewards.
 *
 * @example
 * ```ts
 * import { formatInterval } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const estimate = { value: 0.8312, low: 0.8012, high: 0.8588, n: 5 };
 * assertEquals(formatInterval(estimate), "0.83 [0.80, 0.86]");
 * ```
 */
export function formatInterval(
  { value, low, high }: Pick<Estimate, "value" | "low" | "high">,
): string {
  if (Number.isNaN(value)) return "none";
  const half = (high - low) / 2;
  const decimals = half > 0 && half < Infinity
    ? Math.min(12, Math.max(2, -Math.floor(Math.log10(half))))
    : 2;
  const [v, l, h] = [value, low, high].map((x) =>
    Number.isFinite(x) ? x.toFixed(decimals) : String(x)
  );
  return `${v} [${l}, ${h}]`;
}

/** Makes text safe to stand in HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
