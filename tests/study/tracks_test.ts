import { assertEquals, assertThrows } from "@std/assert";
import { referenceNames } from "../../lib/models/pretrained.ts";
import { loadPretrained, type Params } from "../../lib/models/mod.ts";
import {
  flowStudy,
  languageStudy,
  readProtocols,
  type StudiedTrack,
  studyMethods,
  studyTasks,
  type StudyTrack,
} from "../../lib/study/mod.ts";
import { methodsOn } from "../../lib/study/protocol.ts";
import { tf } from "../../lib/tf/backend.ts";

const protocols = await readProtocols();

/** All numbers of a model, and disposes it. */
async function numbers(params: Params): Promise<number[][]> {
  const names = Object.keys(params).sort();
  const values = await Promise.all(names.map((name) => params[name].data()));
  tf.dispose(params);
  return values.map((value) => [...value]);
}

async function assertBuilt<Signals>(
  track: string,
  studied: StudiedTrack<Signals>,
): Promise<void> {
  const named = protocols.flatMap(({ tracks }) =>
    Object.keys(tracks[track].tasks)
  );
  assertEquals(new Set(Object.keys(studied.tasks)), new Set(named));
  for (const { tracks: { [track]: own } } of protocols) {
    await assertTasks(own, studied);
  }
}

async function assertTasks<Signals>(
  own: StudyTrack,
  studied: StudiedTrack<Signals>,
): Promise<void> {
  for (const [name, { model, start = model }] of Object.entries(own.tasks)) {
    const tasks = await studyTasks(own, studied, name);
    assertEquals(
      tasks.map((task) => [task.name, task.reference]),
      [0, 1, 2, 3].map((reference) => [name, reference]),
    );
    for (const [i, { policy }] of tasks.entries()) {
      const kept = async (model: string) =>
        await numbers(await loadPretrained(referenceNames(model)[i]));
      assertEquals(await numbers(policy.reference(1)), await kept(model), name);
      assertEquals(await numbers(policy.init(1)), await kept(start), name);
    }
  }
}

Deno.test("each task of the flow study is built from the references that the protocols name", () =>
  assertBuilt("flow", flowStudy));

Deno.test("each task of the language study is, and starts where they say", () =>
  assertBuilt("language", languageStudy));

Deno.test("each task has the methods of its protocol, less what is only stopped", () => {
  const [{ tracks: { flow } }] = protocols;
  const named = (
    own: StudyTrack,
    studied: { methods: readonly { name: string }[] },
  ) =>
    Object.keys(own.tasks).forEach((task) => {
      const names = methodsOn(own.methods, task)
        .filter(([, { stops }]) => !stops).map(([name]) => name);
      const methods = studyMethods(own, studied as typeof flowStudy, task);
      assertEquals(methods.map(({ name }) => name), names);
    });
  for (const { tracks } of protocols) {
    named(tracks.flow, flowStudy);
    named(tracks.language, languageStudy);
  }
  assertThrows(
    () => studyMethods(flow, { ...flowStudy, methods: [] }, "graded"),
    RangeError,
    'got "ADRPO-FM" of the protocol',
  );
});
