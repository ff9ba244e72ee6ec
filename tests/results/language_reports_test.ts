import { assertEquals, assertThrows } from "@std/assert";
import {
  digitSumFrontier,
  languageStyle,
} from "../../lib/results/reports/language_panels.ts";
import { tableOfMethods } from "../../lib/results/reports/preferences.ts";

Deno.test("the table of methods has the most entropy at a reward of 0.6, else the most reward", () => {
  const row = (
    method: string,
    beta: number,
    reward: number,
    entropy: number,
  ) => ({ method, beta, reward, entropy });
  const rows = [
    row("GRPO", 0.1, 0.9, 2),
    row("GRPO", 0.2, 0.7, 4),
    row("GRPO", 0.4, 0.5, 5),
    row("DPO", 0.1, 0.3, 5),
    row("DPO", 1, 0.4, 4),
  ];
  assertEquals(tableOfMethods(rows), [rows[1], rows[4]]);
});

Deno.test("a method has one look in every figure, and none is made up", () => {
  assertEquals(languageStyle("GRPO, k3"), 0);
  assertThrows(() => languageStyle("GRPO, k4"), RangeError, "GRPO, k4");
});

Deno.test("the frontier of the digit sum starts at the reference and ends at right answers only", async () => {
  const points = await digitSumFrontier();
  assertEquals(points[0].kl < 1e-4, true);
  assertEquals(points.at(-1)!.reward > 0.99, true);
  points.slice(1).forEach(({ reward, kl }, i) => {
    assertEquals(reward >= points[i].reward && kl >= points[i].kl - 1e-5, true);
  });
});
