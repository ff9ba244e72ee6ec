import { assertEquals } from "@std/assert";
import { forecastRun } from "../../lib/experiments/forecast.ts";
import { run, type RunProgress } from "../../lib/experiments/mod.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import { adrpo, arm, flow, orwCfmW2 } from "../../lib/methods/mod.ts";
import { type Iteration, type Policy } from "../../lib/policies/mod.ts";
import { budget, smallTask, withoutKept } from "./small_task.ts";

const arms = [
  { ...arm(adrpo(flow), [0.2, 0.5]), tuned: { updates: 7 } },
  arm(orwCfmW2({ tau: 1 }), [0]),
];

/** A task whose policy forecasts a byte for each member and a second for each update. */
function knowing(name: string, asked: Iteration[] = []) {
  const task = smallTask({ name });
  const policy: Policy<FlowVelocities> = {
    ...task.policy,
    forecast(iteration) {
      asked.push(iteration);
      const { members: bytes, updates: seconds } = iteration;
      return Promise.resolve({ bytes, seconds });
    },
  };
  return { ...task, policy };
}

const experimentOn = (...tasks: ReturnType<typeof smallTask>[]) => ({
  ...{ name: "forecast_test", scale: "smoke" as const },
  ...{ tasks, arms, seeds: [3, 4], budget },
});

Deno.test("the forecast of a run is the most memory and the sum of the times of its populations", async () => {
  const asked: Iteration[] = [];
  const forecast = await forecastRun(experimentOn(knowing("a", asked)));
  const { iterations, perContext, updates } = budget;
  assertEquals(asked, [
    { members: 4, perContext, updates: 7 },
    { members: 2, perContext, updates },
  ]);
  assertEquals(forecast, { bytes: 4, seconds: iterations * (7 + updates) });
});

Deno.test("where a policy does not know, there is no forecast", async () => {
  const experiment = experimentOn(knowing("a"), smallTask({ name: "b" }));
  assertEquals(await forecastRun(experiment), undefined);
});

Deno.test("observers are told the forecast before the first step", () =>
  withoutKept("forecast_told", async () => {
    const told: RunProgress["forecast"][] = [];
    const experiment = experimentOn(knowing("forecast_told"));
    await run(experiment, {
      observers: [({ forecast }) => told.push(forecast)],
    });
    assertEquals(told[0], await forecastRun(experiment));
  }));
