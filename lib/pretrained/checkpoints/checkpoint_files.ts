import type { StoredTensor } from "./stored_tensor.ts";

/** A checkpoint whose headers are read and whose files are open. */
export interface CheckpointFiles {
  readonly config: Record<string, unknown>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly files: readonly Deno.FsFile[];
}
