/**
 * Does what is asked of each track of the study that a command line names, of all where
 * it names none.
 *
 * @param args The names of tracks.
 * @param tracks What to do, by name.
 * @throws {RangeError} If there is no such track.
 */
export async function forTracks(
  args: readonly string[],
  tracks: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  const names = Object.keys(tracks);
  const unknown = args.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Expected a track, one of ${names.join(", ")}, got "${unknown}"`,
    );
  }
  for (const name of args.length > 0 ? new Set(args) : names) {
    await tracks[name]();
  }
}
