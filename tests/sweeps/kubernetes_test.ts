import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../lib/data/files.ts";
import { runCommand } from "../../lib/setup/run_command.ts";
import { indexedJob } from "../../lib/sweeps/kubernetes.ts";
import { type Plan } from "../../lib/sweeps/plan.ts";

const schema = fileURLToPath(
  new URL("fixtures/kubernetes_job.json", import.meta.url),
);

const validate = `import json, jsonschema, sys
try:
    jsonschema.validate(json.loads(sys.argv[2]), json.load(open(sys.argv[1])))
except jsonschema.ValidationError as error:
    sys.exit("invalid: " + error.message)`;

/** Checks a manifest against the published schema of Kubernetes 1.33. */
const check = (manifest: unknown) =>
  runCommand(join(root, ".venv/bin/python"), [
    ...["-c", validate, schema, JSON.stringify(manifest)],
  ]);

const plan: Plan = {
  file: "mine.ts",
  scale: "full",
  made: { code: "a", file: "b", packages: "c", threads: "2" },
  frame: {
    experiment: "my_sweep",
    scale: "full",
    config: {},
    tasks: {},
    methods: {},
  },
  pieces: ["d", "e", "f"].map((key) => ({ name: key, key })),
};

const job = indexedJob("my_sweep_0a1b", plan, {
  image: "kit:1",
  claim: "shared-disk",
  folder: "/shared/my_sweep_0a1b",
});

Deno.test("a sweep is rendered as an Indexed Job of the published schema", async () => {
  await check(job);
  assertEquals(job.spec.completionMode, "Indexed");
  assertEquals(job.spec.completions, 3);
  assertEquals(job.metadata.name, "my-sweep-0a1b");
  const [{ command }] = job.spec.template.spec.containers;
  assertEquals(command.slice(-2), ["piece", "/shared/my_sweep_0a1b"]);
});

Deno.test("the schema refuses a misspelt field, and a wrong type", async () => {
  const { spec } = job;
  const noName = { spec: { containers: [{ image: "kit:1" }] } };
  const wrong: [string, unknown][] = [
    ["'Jobs' is not one of", { ...job, kind: "Jobs" }],
    ["'completion' was unexpected", {
      ...job,
      spec: { ...spec, completion: 3 },
    }],
    ["'3' is not of type", { ...job, spec: { ...spec, completions: "3" } }],
    ["'name' is a required", { ...job, spec: { ...spec, template: noName } }],
  ];
  for (const [message, manifest] of wrong) {
    await assertRejects(() => check(manifest), Error, message);
  }
});
