import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type FlowTimes,
  loadFlowSchedule,
  sampleFlow,
} from "../../lib/pretrained/pictures/flow_schedule.ts";
import { loadVelocityTransformer } from "../../lib/pretrained/pictures/velocity_transformer.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  assertClose,
  fixture,
  group,
  type Tensors,
  valuesOf,
} from "./velocity_fixture.ts";

/** Models of the fixtures with a scheduler, and the tokens that their pipelines tell it. */
const models: [string, { tokens?: number }][] = [
  ["sd3", {}],
  ["flux", { tokens: 6 }],
  ["flux_plain", { tokens: 6 }],
  ["sana", {}],
];

async function timesOf(model: string, steps: number, tokens?: number) {
  const schedule = await loadFlowSchedule(fixture(`${model}/scheduler`));
  return schedule.times(steps, { tokens });
}

for (const [model, { tokens }] of models) {
  Deno.test(`times of ${model}, and a sample of 4 steps, are those of diffusers`, async () => {
    const values = await valuesOf(model);
    const expected = group(values, "sample");
    const times = await timesOf(model, 4, tokens);
    assertTimes(times, expected);

    const before = tf.memory().numTensors;
    const transformer = await loadVelocityTransformer(
      fixture(`${model}/transformer`),
    );
    const { hidden_states: _, timestep: __, ...others } = group(
      values,
      "inputs",
    );
    const sample = sampleFlow(
      (x, timestep) =>
        transformer.velocity({
          ...others,
          hidden_states: x,
          timestep: tf.fill(
            [x.shape[0]],
            timestep / 1000 * transformer.timeScale,
          ),
        }),
      expected.noise,
      times,
    );
    assertClose(sample, expected.result, 2e-5);
    sample.dispose();
    transformer.dispose();
    assertEquals(tf.memory().numTensors, before);
    tf.dispose(values);
  });
}

/** Times of float32, as diffusers keeps them. */
function assertTimes(times: FlowTimes, { sigmas, timesteps }: Tensors) {
  const tensors: [number[], Tensor][] = [
    [[...times.sigmas], sigmas],
    [[...times.timesteps], timesteps],
  ];
  for (const [actual, expected] of tensors) {
    const tensor = tf.tensor1d(actual);
    assertClose(tensor, expected, 2e-7);
    tensor.dispose();
  }
}

/** Runs a test in a folder with a scheduler of this configuration. */
async function withScheduler(
  config: Record<string, unknown>,
  use: (folder: string) => Promise<unknown>,
) {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/scheduler_config.json`;
  await Deno.writeTextFile(path, JSON.stringify(config));
  await use(folder);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("a scheduler, or a value of one, that is not supported is refused by name", async () => {
  const euler = { _class_name: "FlowMatchEulerDiscreteScheduler" };
  const cases: [Record<string, unknown>, string][] = [
    [{ _class_name: "SCMScheduler" }, "SCMScheduler"],
    [{}, "_class_name"],
    [{ ...euler, use_karras_sigmas: true }, "use_karras_sigmas"],
    [{ ...euler, shift: "3" }, '"shift"'],
    [{ ...euler, speed: 2 }, '"speed"'],
    [
      {
        _class_name: "DPMSolverMultistepScheduler",
        prediction_type: "flow_prediction", // by default it predicts noise
      },
      '"use_flow_sigmas" to be true, got false',
    ],
  ];
  for (const [config, message] of cases) {
    await withScheduler(
      config,
      (folder) =>
        assertRejects(() => loadFlowSchedule(folder), RangeError, message),
    );
  }
});

Deno.test("a dynamic shift asks for the tokens of the picture", async () => {
  const schedule = await loadFlowSchedule(fixture("flux/scheduler"));
  assertThrows(() => schedule.times(4), RangeError, "tokens");
  assertThrows(() => schedule.times(4, { tokens: 0 }), RangeError, "tokens");
  assertThrows(() => schedule.times(0, { tokens: 4 }), RangeError, "steps");
});
