/** One triangular filter over the bins of a spectrum: 0 but for some in a row. */
export interface MelFilter {
  /** The first bin that counts. */
  first: number;
  /** The weights of that bin and of those after it. */
  weights: Float64Array;
}

/** Below 1 kHz the scale is linear, above it logarithmic. */
const hertzPerMel = 200 / 3;
const bend = { hertz: 1000, mel: 15, step: Math.log(6.4) / 27 };

const toMel = (hertz: number) =>
  hertz < bend.hertz
    ? hertz / hertzPerMel
    : bend.mel + Math.log(hertz / bend.hertz) / bend.step;

const toHertz = (mel: number) =>
  mel < bend.mel
    ? mel * hertzPerMel
    : bend.hertz * Math.exp((mel - bend.mel) * bend.step);

/**
 * Slaney's mel filters (Auditory Toolbox, 1998), as librosa and Whisper take them:
 * triangles with equal steps between their peaks on the mel scale, each of area 1 Hz.
 *
 * @param mels How many filters.
 * @param options `bins` of the spectrum, from 0 Hz to `highest`, in Hz.
 * @returns A filter a mel, the lowest first.
 */
export function melFilters(
  mels: number,
  { bins, highest }: { bins: number; highest: number },
): MelFilter[] {
  const corners = Array.from(
    { length: mels + 2 },
    (_, i) => toHertz(toMel(highest) * i / (mels + 1)),
  );
  return Array.from({ length: mels }, (_, mel) => {
    const [low, peak, high] = corners.slice(mel, mel + 3);
    const weightOf = (hertz: number) =>
      Math.min((hertz - low) / (peak - low), (high - hertz) / (high - peak)) *
      2 / (high - low);
    const all = Array.from(
      { length: bins },
      (_, bin) => Math.max(0, weightOf(highest * bin / (bins - 1))),
    );
    const first = all.findIndex((weight) => weight > 0);
    const last = all.findLastIndex((weight) => weight > 0);
    return { first, weights: Float64Array.from(all.slice(first, last + 1)) };
  });
}
