import { type Tensor } from "../tf/backend.ts";
import { nativeBackend } from "./native_backend.ts";
import { Message } from "./protobuf.ts";

/** The tag that a SavedModel for running has. */
const tag = "serve";

/**
 * A graph, loaded into a TensorFlow session of its own. It is handed over as a
 * SavedModel in a temporary folder, which is gone when the constructor returns.
 */
export class Session {
  #id: number;

  /** @param graphDef An encoded `GraphDef`. */
  constructor(graphDef: Message) {
    const folder = Deno.makeTempDirSync({ prefix: "graph-" });
    try {
      const file = encodeSavedModel(graphDef).encode();
      Deno.writeFileSync(`${folder}/saved_model.pb`, file);
      this.#id = nativeBackend().loadSavedModelMetaGraph(folder, tag);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  }

  /**
   * Runs the part of the graph that the outputs need.
   *
   * @param feeds Names of placeholders.
   * @param tensors Their tensors.
   * @param fetches Names of nodes whose first output to return; at least one.
   * @returns Fresh tensors.
   */
  run(
    feeds: readonly string[],
    tensors: readonly Tensor[],
    fetches: readonly string[],
  ): Tensor[] {
    const infos = feeds.map((name) => ({ name }));
    return nativeBackend().runSavedModel(this.#id, tensors, infos, fetches);
  }

  /** Frees the session, and the variables in it. */
  dispose(): void {
    nativeBackend().deleteSavedModel(this.#id);
  }
}

function encodeSavedModel(graphDef: Message): Message {
  const info = new Message().bytes(4, tag);
  const metaGraph = new Message().bytes(1, info).bytes(2, graphDef);
  return new Message().integer(1, 1).bytes(2, metaGraph);
}
