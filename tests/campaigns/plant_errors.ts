/**
 * Plants one error at a time in a copy of the checkout and lists those that no test
 * notices. It is run by hand:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-run=deno,git \
 *       tests/campaigns/plant_errors.ts lib/losses/advantages.ts --every 3
 *
 * A file of `lib/<layer>/` is tested by `tests/<layer>/`. `--every N` plants every
 * N-th error only.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** An error in one place of a file. */
interface Planted {
  path: string;
  line: number;
  from: string;
  to: string;
  source: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const secondsATest = 120;

/** What is planted: arithmetic, reductions, comparisons, axes and constants. */
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
  [/(?<![\w.$-])\d+(\.\d+)?(?![\w.])/g, (found) => `${Number(found) + 1}`],
];

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
    Array.from(code.matchAll(pattern), ({ 0: from, index }) => {
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

/** Whether the tests of a file's layer pass in the copy. */
async function passes(copy: string, path: string): Promise<boolean> {
  const tests = `tests/${path.split("/")[1]}`;
  const process = new Deno.Command("deno", {
    args: [
      ...["run", "--quiet", "--allow-read", "--allow-write=.runs"],
      ...["--allow-env", "--allow-run=deno", "lib/tasks/test.ts"],
      ...["--permission-set", "--no-check", "--quiet", "--fail-fast", tests],
    ],
    cwd: copy,
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(1000 * secondsATest),
  }).spawn();
  return (await process.status).success;
}

if (import.meta.main) {
  const at = Deno.args.indexOf("--every");
  const every = at < 0 ? 1 : Number(Deno.args[at + 1]);
  const paths = at < 0 ? Deno.args : Deno.args.toSpliced(at, 2);
  if (paths.length === 0 || !(every >= 1)) {
    throw new RangeError(`Expected files and --every N, got ${Deno.args}`);
  }
  const copy = await copyCheckout();
  let [planted, unnoticed] = [0, 0];
  try {
    for (const path of paths) {
      if (!await passes(copy, path)) {
        throw new Error(`Cannot plant errors in ${path}: its tests fail as is`);
      }
      const source = await Deno.readTextFile(join(copy, path));
      const sample = plantedIn(path, source).filter((_, i) => i % every === 0);
      for (const error of sample) {
        await Deno.writeTextFile(join(copy, path), error.source);
        planted++;
        if (!await passes(copy, path)) continue;
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
}
