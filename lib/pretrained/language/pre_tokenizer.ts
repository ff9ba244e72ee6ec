import { isRecord } from "../../data/json.ts";

/** How GPT-2 cuts text into words. */
const words =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Writes a pre-tokenizer so that `@huggingface/tokenizers` 0.2.0 cuts as the hub's own
 * library does. Its Digits knows ASCII alone, not `²` or `٣`, and the pattern in its
 * ByteLevel takes U+FEFF for a space; a Split, whose pattern it translates, does
 * neither.
 *
 * @param part The pre-tokenizer of a `tokenizer.json`, or a part of it.
 * @returns One that means the same.
 */
export function portable(part: unknown): unknown {
  if (!isRecord(part)) return part;
  if (part.type === "Sequence" && Array.isArray(part.pretokenizers)) {
    return { ...part, pretokenizers: part.pretokenizers.map(portable) };
  }
  if (part.type === "Digits") {
    return split(part.individual_digits === true ? "\\p{N}" : "\\p{N}+");
  }
  const cutsWords = part.type === "ByteLevel" && part.use_regex !== false;
  if (!cutsWords || part.add_prefix_space !== false) return part;
  const bytes = { ...part, use_regex: false };
  return { type: "Sequence", pretokenizers: [split(words), bytes] };
}

function split(Regex: string) {
  return {
    ...{ type: "Split", pattern: { Regex } },
    ...{ behavior: "Isolated", invert: false },
  };
}
