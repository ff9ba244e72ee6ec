/**
 * Plants one error at a time in a copy of the checkout and lists those that no test
 * notices. It is run by hand, over some files of `lib/`; `--every N` plants every N-th
 * error only:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-run=deno,git \
 *       tests/campaigns/plant_errors.ts lib/losses/advantages.ts --every 3
 *
 * What is not in the list was noticed by the tests of {@linkcode testsOf}: one failed,
 * or took five times as long. Ends with exit code 1 if an error was not noticed.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** An error in one place of a file. */
interface Planted {
  path: string;
  line: number;
  from: string;
  to: string;
  source: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Which tests are asked, one after the other, where it is not the folder's own. */
const asked: Record<string, string[]> = {
  methods: ["tests/methods/oracle_test.ts", "tests/methods"],
  policies: ["tests/policies", "tests/methods/oracle_test.ts"],
  train: ["tests/train", "tests/methods/oracle_test.ts"],
};

/** The tests of a file of `lib/`: its own if it has any, then its folder's. */
function testsOf(path: string): string[] {
  const [, folder, file] = path.split("/");
  if (asked[folder]) return asked[folder];
  const own = `tests/${folder}/${file.replace(".ts", "_test.ts")}`;
  return [...existsSync(join(root, own)) ? [own] : [], `tests/${folder}`];
}

/** Names that are easily taken for one another. */
const lookAlikes: Record<string, string> = {
  xt: "x0",
  ut: "vt",
  vRef: "ut",
  logp: "logpOld",
  logpOld: "logpRef",
  logpRef: "logpOld",
  chosen: "rejected",
  chosenRef: "chosen",
  clipped: "A",
  acting: "A",
  previous: "next",
};
const names = Object.keys(lookAlikes).join("|");

/** What is planted: arithmetic, reductions, comparisons, axes, constants, names. */
const errors: [RegExp, string | ((found: string) => string)][] = [
  [/\btf\.add(?=\()/g, "tf.sub"],
  [/\btf\.sub(?=\()/g, "tf.add"],
  [/\btf\.mul(?=\()/g, "tf.div"],
  [/\btf\.div(?=\()/g, "tf.mul"],
  [/\btf\.sum(?=\()/g, "tf.mean"],
  [/\btf\.mean(?=\()/g, "tf.sum"],
  [/\btf\.minimum(?=\()/g, "tf.maximum"],
  [/\btf\.maximum(?=\()/g, "tf.minimum"],
  [/\btf\.min(?=\()/g, "tf.max"],
  [/\btf\.max(?=\()/g, "tf.min"],
  [/\btf\.greater(?=\()/g, "tf.less"],
  [/\btf\.less(?=\()/g, "tf.lessEqual"],
  [/\btf\.greaterEqual(?=\()/g, "tf.greater"],
  [/\btf\.lessEqual(?=\()/g, "tf.less"],
  [/\btf\.neg(?=\()/g, "tf.clone"],
  [/\btf\.exp(?=\()/g, "tf.expm1"],
  [/\btf\.square(?=\()/g, "tf.abs"],
  [/\btf\.notEqual(?=\()/g, "tf.equal"],
  [/\btf\.(abs|relu)(?=\()/g, "tf.clone"],
  [/\btf\.sqrt(?=\()/g, "tf.square"],
  [/\bMath\.max(?=\()/g, "Math.min"],
  [/\bMath\.min(?=\()/g, "Math.max"],
  [/(?<=\btf\.(sub|div)\()\w+, \w+(?=\))/g, swapped],
  [
    /(?<=\breturn )(tf|policy)\.[^;]*(?=;)/g,
    (found) => `tf.mul(1.3, ${found})`,
  ],
  [
    new RegExp(
      `(?<=\\{ ([^{}()\\n]*, )?)(${names})(?=,[^()\\n]*\\}| \\})`,
      "g",
    ),
    (name) => `${name}: ${lookAlikes[name]}`,
  ],
  [
    new RegExp(`(?<=\\(([^{}()\\n]*, )?)(${names})(?=[,)])`, "g"),
    (name) => lookAlikes[name],
  ],
  [/(?<=, )-1(?=[,)])/g, "0"],
  [/(?<= )\+(?= )/g, "-"],
  [/(?<= )-(?= )/g, "+"],
  [/(?<= )\*(?= )/g, "/"],
  [/(?<= )\/(?= )/g, "*"],
  [/(?<= )<(?= )/g, "<="],
  [/(?<= )<=(?= )/g, "<"],
  [/(?<= )>(?= )/g, ">="],
  [/(?<= )>=(?= )/g, ">"],
  [/(?<= )===(?= )/g, "!=="],
  [/(?<= )&&(?= )/g, "||"],
  [/(?<= )\|\|(?= )/g, "&&"],
  [/(?<![\w.$-])\d+(\.\d+)?(?![\w.:])/g, (found) => `${Number(found) + 1}`],
];

/** `a, b` as `b, a`. */
function swapped(pair: string): string {
  return pair.split(", ").toReversed().join(", ");
}

/** Source with comments, imports and messages blanked out, place by place. */
function codeOf(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  return source
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/^(import|export) [^;]*? from "[^"]*";/gm, blank)
    .replace(/`[^`]*`|"[^"\n]*"/g, blank)
    .replace(/\/\/.*$/gm, blank);
}

function plantedIn(path: string, source: string): Planted[] {
  const code = codeOf(source);
  return errors.flatMap(([pattern, replacement]) =>
    Array.from(code.matchAll(pattern), ({ 0: found, index }) => {
      const from = source.slice(index, index + found.length);
      const to = typeof replacement === "string"
        ? replacement
        : replacement(from);
      const changed = source.slice(0, index) + to +
        source.slice(index + from.length);
      const line = source.slice(0, index).split("\n").length;
      return { path, line, from, to, source: changed };
    })
  ).sort((a, b) => a.line - b.line);
}

/** Copies the checkout's tracked files; packages are linked. */
async function copyCheckout(): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "planted-" });
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "lib", "tests", "deno.json", "deno.lock", "data"],
    cwd: root,
  }).output();
  for (const path of new TextDecoder().decode(stdout).split("\0")) {
    if (path === "") continue;
    await Deno.mkdir(join(copy, dirname(path)), { recursive: true });
    await Deno.copyFile(join(root, path), join(copy, path));
  }
  await Deno.symlink(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** Whether tests pass in the copy, within a time in milliseconds. */
async function pass(
  copy: string,
  flags: string[],
  tests: string,
  limit?: number,
): Promise<boolean> {
  const process = new Deno.Command("deno", {
    args: [
      ...["test", "--permission-set", ...flags],
      ...["--no-check", "--quiet", "--fail-fast", tests],
    ],
    cwd: copy,
    stdout: "null",
    stderr: "null",
    signal: limit === undefined ? undefined : AbortSignal.timeout(limit),
  }).spawn();
  const { success, signal } = await process.status;
  if (signal === "SIGKILL") {
    throw new Error(`Expected ${tests} to end by itself, but it was killed`);
  }
  return success;
}

if (import.meta.main) {
  const at = Deno.args.indexOf("--every");
  const every = at < 0 ? 1 : Number(Deno.args[at + 1]);
  const paths = at < 0 ? Deno.args : Deno.args.toSpliced(at, 2);
  if (paths.length === 0 || !(every >= 1)) {
    throw new RangeError(`Expected files and --every N, got ${Deno.args}`);
  }
  const copy = await copyCheckout();
  const { testFlags } = await import(
    pathToFileURL(join(copy, "lib/setup/test_flags.ts")).href
  );
  const flags = await testFlags();
  const limits = new Map<string, number>();
  let [planted, unnoticed] = [0, 0];
  try {
    for (const path of paths) {
      const all = testsOf(path);
      for (const tests of all) {
        if (limits.has(tests)) continue;
        const start = Date.now();
        if (!await pass(copy, flags, tests)) {
          throw new Error(
            `Cannot plant errors in ${path}: expected ${tests} to pass as is`,
          );
        }
        limits.set(tests, 5 * (Date.now() - start));
      }
      const source = await Deno.readTextFile(join(copy, path));
      const sample = plantedIn(path, source).filter((_, i) => i % every === 0);
      for (const error of sample) {
        await Deno.writeTextFile(join(copy, path), error.source);
        planted++;
        let noticed = false;
        for (const tests of all) {
          noticed ||= !await pass(copy, flags, tests, limits.get(tests));
        }
        if (noticed) continue;
        unnoticed++;
        const line = error.source.split("\n")[error.line - 1].trim();
        console.log(
          `${path}:${error.line}  ${error.from} -> ${error.to}  ${line}`,
        );
      }
      await Deno.writeTextFile(join(copy, path), source);
    }
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  console.log(
    `${planted} errors planted, ${
      planted - unnoticed
    } noticed, ${unnoticed} not`,
  );
  if (unnoticed > 0) Deno.exit(1);
}
