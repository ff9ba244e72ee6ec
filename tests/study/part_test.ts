import { assertEquals, assertThrows } from "@std/assert";
import type { Claim } from "../../lib/results/claims.ts";
import {
  protocolClaims,
  protocolTable,
  readProtocol,
} from "../../lib/study/mod.ts";
import { parseProtocol } from "../../lib/study/read_protocol.ts";
import { aProtocol } from "./a_protocol.ts";

const protocol = await readProtocol();
const small = parseProtocol(JSON.stringify(aProtocol()));

/** A run of these tasks and methods, as far as claims are picked by it. */
const aPart = (tasks: string[], methods: string[]) => ({
  tasks: Object.fromEntries(tasks.map((name) => [name, name])),
  methods: Object.fromEntries(
    methods.map((name) => [name, { coefficient: "beta" }]),
  ),
});

/** Families with what each claim compares with; `""` of nothing. */
const told = (claims: Claim[]) =>
  claims.map(({ family, cases }) => [
    family,
    cases.map(({ rival = "" }) => rival),
  ]);

Deno.test("a part has the claims whose method and rivals it has", () => {
  const of = (...methods: string[]) =>
    told(protocolClaims(small, "east", aPart(["sums"], methods)));
  // What is stopped early is its rival.
  const whole = [["fronts", ["rival", "stopped"]], ["collapse", [""]]];
  assertEquals(of("ours", "rival"), whole);
  assertEquals(of("ours"), [["collapse", [""]]]);
  assertEquals(of("rival"), []);
  assertEquals(told(protocolClaims(small, "east")), whole);
});

Deno.test("a part has the claims whose task it has, and that of the rival", () => {
  const of = (...tasks: string[]) =>
    told(
      protocolClaims(protocol, "flow", aPart(tasks, ["ADRPO-FM"])),
    );
  assertEquals(of("graded", "width 16"), []);
  assertEquals(of("width 128"), []);
  assertEquals(
    of("width 16", "width 128"),
    Array(3).fill(["flow: size", ["ADRPO-FM"]]),
  );
});

Deno.test("a part of the study's own has what it can tell of each family", () => {
  const part = aPart(["graded"], ["ADRPO-FM", "ORW-CFM-W2, tau 1"]);
  assertEquals(told(protocolClaims(protocol, "flow", part)), [
    ...Array(3).fill(["flow: collapse", [""]]),
    ["flow: rivals", ["ORW-CFM-W2, tau 1", "early stopping"]],
    ["flow: stability", ["ORW-CFM-W2, tau 1"]],
  ]);
});

Deno.test("the table of a family has a row a claim, with all that it compares", () => {
  const rows = protocolTable(protocol, ["flow: rivals", "language: clips"])
    .objects() as Record<string, string>[];
  assertEquals(rows.length, 2);
  const [rivals, clips] = rows;
  assertEquals(rivals.rivals.split("; ").length, 5);
  assertEquals([clips.method.split("; ").length, clips.rivals], [
    4,
    "ADRPO-GRPO, exact KL",
  ]);
  assertEquals(rivals.margin, "0.1 (nats)");
  assertThrows(
    () => protocolTable(protocol, ["rivals"]),
    RangeError,
    'got "rivals"',
  );
});
