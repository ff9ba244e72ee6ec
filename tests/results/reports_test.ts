import { assertEquals } from "@std/assert";
import {
  columnDifference,
  meanFinite,
  summariseAlive,
} from "../../lib/results/reports/sweeps.ts";

const row = (beta: number, seed: number, reward: number, alive = true) => ({
  beta,
  seed,
  reward,
  alive,
});

Deno.test("summariseAlive() leaves out settings with a dead or immeasurable member", () => {
  const rows = [
    row(1, 0, 0.5),
    row(1, 1, 0.5),
    row(2, 0, 0.9),
    row(2, 1, 0.1, false),
    row(3, 0, 0.9),
    row(3, 1, NaN),
  ];
  const summary = summariseAlive(rows, { by: ["beta"], metrics: ["reward"] });
  assertEquals(
    summary.map(({ beta, seeds, reward }) => [beta, seeds, reward]),
    [
      [1, 2, 0.5],
    ],
  );
});

Deno.test("meanFinite() counts what it could measure, and decides nothing without", () => {
  assertEquals(meanFinite([1, NaN, 1]), { value: 1, low: 1, high: 1, n: 2 });
  assertEquals(meanFinite([NaN, Infinity]), {
    value: NaN,
    low: -Infinity,
    high: Infinity,
    n: 0,
  });
});

Deno.test("columnDifference() pairs by seed, not by order", () => {
  const a = [row(1, 0, 5), row(1, 1, 7)];
  const b = [row(2, 1, 6), row(2, 0, 4)];
  assertEquals(columnDifference(a, b, "reward").value, 1);
  assertEquals(columnDifference(a, b, "reward").low, 1);
});
