/** What is known of a tokenizer, whatever file it came from. */
export interface TokenizerFiles {
  /** The content of `tokenizer.json`. */
  readonly json: Record<string, unknown>;
  /** The content of `tokenizer_config.json`. */
  readonly config: Record<string, unknown>;
  /** How a conversation is written, in Jinja. */
  readonly template?: string;
  /** The tokens that end an answer. */
  readonly stops: readonly number[];
}
