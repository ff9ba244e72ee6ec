/**
 * What language policies are pretrained on: a distribution over every sequence, in
 * each context, known exactly.
 */
export interface SequenceCorpus {
  /** The number of tokens, V. */
  readonly vocabulary: number;
  /** Tokens of a sequence, T. */
  readonly length: number;
  /**
   * The probability of each sequence in each context, `[contexts][V^T]`, in the
   * order of {@linkcode enumerateSequences}.
   */
  readonly probabilities: readonly (readonly number[])[];
}
