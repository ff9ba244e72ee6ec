import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

/** From the foundation up: a layer imports from itself and from those before. */
const layers = [
  ...["tf", "compile", "data", "models", "paths", "samplers", "rewards"],
  ...["pretrained", "metrics", "losses", "train", "policies", "methods"],
  ...["experiments", "tracks", "results", "study", "setup", "pack", "bench"],
  ...["sweeps", "notebooks", "tasks"],
];

/** What a layer must not know although it lies below. */
const unknown: Record<string, string[]> = {
  losses: ["models", "paths", "samplers", "rewards", "metrics"],
  train: ["models", "paths", "samplers", "rewards", "metrics", "losses"],
  // Results never run a model: they read rows, and know a run and a look by type.
  results: ["models", "paths", "samplers", "rewards", "policies", "tracks"],
};

/** The rooms of pretrained, with those that each may import from. */
const rooms: Record<string, string[]> = {
  checkpoints: [],
  layers: [],
  language: ["checkpoints", "layers"],
  sound: ["checkpoints", "layers", "language"],
  pictures: ["checkpoints", "layers"],
};

/** The one module that may import TensorFlow; its types may be imported anywhere. */
const tensorflowDoor = "tf/backend.ts";

/** The specifiers that a module imports, less those in comments. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(
    /^\s*\/\/.*$/gm,
    "",
  ).replace(/^import type .*"@tensorflow\/.*$/gm, "");
  const imports = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;
  return Array.from(code.matchAll(imports), ([, specifier]) => specifier);
}

/** What is wrong with a module of lib/, given by its path in there. */
function importProblems(path: string, source: string): string[] {
  const [layer, room] = path.split("/");
  const level = layers.indexOf(layer);
  if (path === "mod.ts") return [];
  if (level < 0) return [`${path} is in no layer`];
  return importsOf(source).flatMap((specifier) => {
    if (specifier.includes("@tensorflow/") && path !== tensorflowDoor) {
      return [`${path} imports ${specifier}: only ${tensorflowDoor} may`];
    }
    if (specifier === "kit") return [`${path} imports kit, the public door`];
    if (!specifier.startsWith(".")) return [];
    const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
    const [other, otherRoom] = target.split("/");
    if (target === "mod.ts" && layer === "tasks") return [];
    const apart = layer === "pretrained" && other === layer &&
      room in rooms && ![room, ...rooms[room]].includes(otherRoom);
    return apart || layers.indexOf(other) > level || !layers.includes(other) ||
        unknown[layer]?.includes(other)
      ? [`${path} imports ${target}`]
      : [];
  });
}

/** A circle of imports, types included, as the paths along it; none if there is none. */
function circleIn(sources: Record<string, string>): string[] {
  const done = new Set<string>();
  const from = (path: string, way: string[]): string[] => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path) || !(path in sources)) return [];
    for (const specifier of importsOf(sources[path])) {
      if (!specifier.startsWith(".")) continue;
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      const circle = from(target, [...way, path]);
      if (circle.length > 0) return circle;
    }
    done.add(path);
    return [];
  };
  return Object.keys(sources).map((path) => from(path, []))
    .find((circle) => circle.length > 0) ?? [];
}

async function modulesOf(folder: URL, path = ""): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(path, folder)));
  const found = await Promise.all(entries.map(({ name, isDirectory }) => {
    if (isDirectory) return modulesOf(folder, `${path}${name}/`);
    return name.endsWith(".ts") ? [`${path}${name}`] : [];
  }));
  return found.flat();
}

const lib = new URL("../lib/", import.meta.url);

Deno.test("no module imports from a layer above its own", async () => {
  const modules = await modulesOf(lib);
  assert(
    modules.includes(tensorflowDoor),
    `no modules in ${fileURLToPath(lib)}`,
  );
  const problems = await Promise.all(
    modules.map(async (path) =>
      importProblems(path, await Deno.readTextFile(new URL(path, lib)))
    ),
  );
  assertEquals(problems.flat(), []);
});

Deno.test("no modules import each other in a circle, not even types", async () => {
  const modules = await modulesOf(lib);
  const sources = await Promise.all(
    modules.map(async (path) =>
      [path, await Deno.readTextFile(new URL(path, lib))] as const
    ),
  );
  assertEquals(circleIn(Object.fromEntries(sources)), []);
});

Deno.test("a circle of imports is found, of types and over several modules too", () => {
  const sources = {
    "a/one.ts": `import { type Two } from "../b/two.ts";`,
    "b/two.ts": `import { three } from "./three.ts";`,
    "b/three.ts": `export { type One } from "../a/one.ts";`,
    "c/four.ts": `import { one } from "../a/one.ts";`,
  };
  assertEquals(
    circleIn(sources),
    ["a/one.ts", "b/two.ts", "b/three.ts", "a/one.ts"],
  );
  assertEquals(circleIn({ ...sources, "b/three.ts": "" }), []);
});

Deno.test("an import that runs back up the layers is found", () => {
  const source = `import { train } from "../train/train.ts";`;
  assertEquals(importProblems("losses/clip.ts", source), [
    "losses/clip.ts imports train/train.ts",
  ]);
  assertEquals(importProblems("results/table.ts", source), []);
  const track = `import { mixtureTask } from "../tracks/mixture.ts";`;
  for (const path of ["experiments/run.ts", "results/table.ts"]) {
    assertEquals(importProblems(path, track).length, 1, path);
  }
});

Deno.test("dynamic, re-exporting and several-line imports are found", () => {
  const sources = [
    `const { train } = await import("../train/train.ts");`,
    `export * from "../train/train.ts";`,
    `import {\n  train,\n  type Step,\n} from "../train/train.ts";`,
    `import "../train/train.ts";`,
  ];
  for (const source of sources) {
    assertEquals(importProblems("tf/check.ts", source).length, 1, source);
  }
});

Deno.test("a loss that knows a model is found, although models lie below", () => {
  const source = `import { mlpVelocity } from "../models/mlp_velocity.ts";`;
  assertEquals(importProblems("losses/flow.ts", source).length, 1);
  assertEquals(importProblems("experiments/flow.ts", source), []);
});

Deno.test("a room of pretrained that imports from another than it may is found", () => {
  const problems = (path: string, specifier: string) =>
    importProblems(path, `import { a } from "${specifier}";`);
  assertEquals(
    problems("pretrained/pictures/a.ts", "../language/b.ts"),
    ["pretrained/pictures/a.ts imports pretrained/language/b.ts"],
  );
  assertEquals(problems("pretrained/sound/a.ts", "../language/b.ts"), []);
  assertEquals(problems("pretrained/layers/a.ts", "./b.ts"), []);
  assertEquals(problems("pretrained/mod.ts", "./language/b.ts"), []);
});

Deno.test("a second module that imports TensorFlow is found", () => {
  const source = `import * as tf from "@tensorflow/tfjs";`;
  assertEquals(importProblems("models/dense.ts", source).length, 1);
  assertEquals(importProblems(tensorflowDoor, source), []);
  const types = `import type * as tf from "@tensorflow/tfjs";`;
  assertEquals(importProblems("models/dense.ts", types), []);
});

Deno.test("only tasks enter by the public door, and no folder is without a layer", () => {
  assertEquals(
    importProblems("tf/a.ts", `import { tf } from "kit";`).length,
    1,
  );
  assertEquals(importProblems("tf/a.ts", `import "../mod.ts";`).length, 1);
  assertEquals(importProblems("tasks/a.ts", `import "../mod.ts";`), []);
  assertEquals(importProblems("utils/a.ts", "").length, 1);
});

Deno.test("imports in comments are not counted", () => {
  const source =
    `/**\n * import { a } from "../train/a.ts";\n */\n// from "x"\n`;
  assertEquals(importsOf(source), []);
});
