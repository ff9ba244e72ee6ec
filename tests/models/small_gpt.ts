import { gpt } from "../../lib/models/gpt.ts";

/** A language model of four tokens, too small to learn much. */
export const smallGpt = gpt({
  vocabulary: 4,
  promptTokens: 2,
  length: 5,
  width: 4,
  depth: 1,
  heads: 2,
});
