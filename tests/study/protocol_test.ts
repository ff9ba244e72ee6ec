import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { dataDir, root, writeText } from "../../lib/data/files.ts";
import { inFolder } from "../in_folder.ts";
import {
  parseProtocol,
  protocolFile,
  readProtocol,
  readProtocols,
} from "../../lib/study/read_protocol.ts";
import { aProtocol } from "./a_protocol.ts";

const protocols = await readProtocols();

// deno-lint-ignore no-explicit-any
type Change = (protocol: any) => unknown;

/** Reads a small protocol with one change. */
function changed(change: Change) {
  const protocol = aProtocol();
  change(protocol);
  return () => parseProtocol(JSON.stringify(protocol));
}

Deno.test("the kit's protocols are whole, and their hashes are those of their bytes", async () => {
  assertEquals(protocols.map(({ version }) => version), [1, 2]);
  assertEquals(await readProtocol(), protocols[0]);
  for (const { version, hash, tracks } of protocols) {
    const source = await Deno.readFile(join(dataDir, protocolFile(version)));
    assertEquals(hash, createHash("sha256").update(source).digest("hex"));
    for (const { seeds } of Object.values(tracks)) {
      assert(seeds.confirmation.length >= 4);
      const least = version === 1 ? 20 : 12;
      assert(seeds.confirmation.flat().length >= least);
    }
  }
});

Deno.test("a later protocol has its version, and seeds that no earlier one has", async () => {
  await inFolder(async (data) => {
    const write = (seed: number, version = 2) => {
      const protocol = aProtocol();
      const { seeds } = protocol.tracks.east;
      seeds.exploration = [0];
      seeds.confirmation = [[seed, 12], [13, 14], [15, 16], [17, 18]];
      const text = JSON.stringify({ ...protocol, version });
      return writeText(join(data, "protocol_2.json"), text);
    };
    assertEquals(await readProtocols(data), []);
    const first = JSON.stringify(aProtocol());
    await writeText(join(data, "protocol.json"), first);
    await write(11);
    const versions = (await readProtocols(data)).map(({ version }) => version);
    assertEquals(versions, [1, 2]);
    await write(11, 3);
    await assertRejects(
      () => readProtocols(data),
      RangeError,
      "version of protocol_2.json to be 2, got 3",
    );
    await write(8);
    await assertRejects(
      () => readProtocols(data),
      RangeError,
      "of east in protocol_2.json to be seeds that no earlier protocol has, got 8",
    );
  });
});

Deno.test("each field is asked for, by its place", () => {
  const cases: [Change, string][] = [
    [
      (p) => delete p.tuning,
      "Expected protocol.tuning to be an object, got undefined",
    ],
    [
      ({ families: [{ claims: [claim] }] }) => claim.margin = -1,
      "protocol.families[0].claims[0].margin to be a number above 0, got -1",
    ],
    [
      ({ families: [{ claims: [claim] }] }) => claim.quotes = " ",
      'protocol.families[0].claims[0].quotes to be a text, got " "',
    ],
    [
      ({ families: [{ claims: [claim] }] }) => claim.statistic = "mean",
      "claims[0].statistic to be one of gain at equal reward; ",
    ],
    [
      ({ families: [{ claims: [claim] }] }) => claim.margn = 1,
      'claims[0] to have only claim, source, quotes, statistic, metric, method, rivals, rivalTask, coefficient, direction, threshold, margin, unit, why, got "margn"',
    ],
    [(p) => p.level = 0.1, "protocol.level to be 0.05, got 0.1"],
    [(p) => p.correction = "none", "correction to be one of Holm"],
    [
      ({ tracks: { east } }) => east.methods.ours.grid = [1, 1],
      'protocol.tracks["east"].methods["ours"].grid to be a list of rising numbers, got [1,1]',
    ],
    [
      ({ tracks: { east } }) => east.seeds.confirmation[1] = [],
      "seeds.confirmation[1] to be a list of at least one",
    ],
    [
      ({ exclusions }) => exclusions.mostLost = 1,
      "exclusions.mostLost to be a share in [0, 1), got 1",
    ],
  ];
  for (const [change, message] of cases) {
    assertThrows(changed(change), TypeError, message);
  }
});

Deno.test("a protocol that contradicts itself is refused", () => {
  const cases: [Change, string][] = [
    [
      ({ tracks: { east } }) => east.seeds.exploration.push(3),
      'protocol.tracks["east"].seeds to be each seed once, in exploration or for one reference, got 3 twice',
    ],
    [
      ({ tracks: { east } }) => east.seeds.confirmation[1][0] = 1,
      "got 1 twice",
    ],
    [
      ({ tracks: { east } }) => east.seeds.confirmation.splice(1),
      "seeds.confirmation to be a list for each of at least 2 references, got 1",
    ],
    [
      ({ tracks: { east } }) => east.seeds.confirmation[2].pop(),
      "seeds.confirmation to be lists of one length",
    ],
    [
      ({ tracks: { east } }) => east.horizon.evaluateEvery = 7,
      "horizon.evaluateEvery to be a divisor of 20 iterations, got 7",
    ],
    [
      ({ tracks: { east } }) => delete east.methods.ours.learningRate,
      "to have grid, learningRate and updates",
    ],
    [
      ({ families: [{ claims: [claim] }] }) => claim.method = "our",
      "claims[0].method to be one of ours; rival; stopped, got our; did you mean ours?",
    ],
    [
      ({ families: [{ claims: [claim] }] }) => claim.rivals[0] = "GRPO",
      "families[0].claims[0].rivals[0] to be one of ours; rival; stopped, got GRPO",
    ],
    [
      ({ families: [{ claims: [claim] }] }) => delete claim.rivals,
      'families[0].claims[0].rivals to be a list of methods for the statistic "gain at equal reward", got undefined',
    ],
    [
      ({ families: [, { claims: [claim] }] }) => claim.coefficient = 0.7,
      "families[1].claims[0].coefficient to be a value of the grid of ours, got 0.7",
    ],
    [
      ({ families }) => families[0].task = "north",
      "families[0].task to be one of sums, got north",
    ],
    [
      ({ families }) => families[1].name = families[0].name,
      "families[1].name to be a name of its own",
    ],
  ];
  for (const [change, message] of cases) {
    assertThrows(changed(change), RangeError, message);
  }
});

const excerpts = await Deno.readTextFile(join(dataDir, "post_excerpts.txt"));

Deno.test("each sentence of the post is quoted word for word, from its section", () => {
  const sections = new Map(
    excerpts.split("\n\n").slice(1).map((section) => {
      const [title, ...sentences] = section.trim().split("\n");
      return [`Post, ${title.slice(1, -1)}`, sentences] as const;
    }),
  );
  const claims = protocols.flatMap(({ families }) => families)
    .flatMap(({ claims }) => claims)
    .filter(({ source }) => source.startsWith("Post"));
  assert(claims.length > 0);
  for (const { source, quotes } of claims) {
    assert(
      sections.get(source as `Post, ${string}`)?.includes(quotes),
      `${source} has no "${quotes}" in data/post_excerpts.txt`,
    );
  }
});

const postFile = join(root, "..", "shared", "seed-post.txt");
const post = await Deno.readTextFile(postFile).catch(() => undefined);

Deno.test({
  name: post === undefined
    ? `the excerpts are of the post (skipped: no ${postFile})`
    : "the excerpts are of the post",
  ignore: post === undefined,
  fn() {
    const hash = createHash("sha256").update(post!).digest("hex");
    assert(excerpts.includes(hash), `another text: SHA-256 ${hash}`);
    const sentences = excerpts.split("\n")
      .filter((line) => line && !/^(#|\[)/.test(line));
    for (const sentence of sentences) {
      assert(post!.includes(sentence), `not in the post: "${sentence}"`);
    }
  },
});
