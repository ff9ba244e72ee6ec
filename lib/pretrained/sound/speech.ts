import { join } from "node:path";
import { assertKnown } from "../../tf/check.ts";
import { readWav, type Sound } from "./wav.ts";

/** How a text is spoken. */
export interface SpeechOptions {
  /** A voice of espeak-ng, such as `"en-gb"` or, with a variant, `"en-us+f3"`. */
  voice?: string;
  /** Words a minute, from 80 to 450; 160 when left out. */
  speed?: number;
  /** From 0 to 99; 50 when left out. */
  pitch?: number;
}

/**
 * Speaks a text, with espeak-ng, which must be on the machine (Debian: `espeak-ng`): an
 * own program, not a part of the kit. The same text and options give the same sound.
 *
 * @param text What is said.
 * @param options How.
 * @returns The clip, of 22,050 samples a second.
 * @throws {Deno.errors.NotFound} If there is no espeak-ng.
 * @throws {RangeError} If it refuses, as it does a voice that it does not have.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts ignore
 * import { logMel, resample, speak } from "kit";
 *
 * const { samples, sampleRate } = await speak("seven", { voice: "en-gb+f2" });
 * const clip = resample(samples, { from: sampleRate, to: 16_000 });
 * const features = logMel(clip, { sampleRate: 16_000, mels: 80, seconds: 2 });
 * ```
 */
export async function speak(
  text: string,
  options: SpeechOptions = {},
): Promise<Sound> {
  assertKnown("the options of speak", options, ["voice", "speed", "pitch"]);
  const { voice = "en-us", speed = 160, pitch = 50 } = options;
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "speech.wav");
    const { success, stderr } = await espeak([
      ...["-v", voice, "-s", `${speed}`, "-p", `${pitch}`],
      ...["-w", path, "--", text],
    ]);
    if (!success) {
      const reason = new TextDecoder().decode(stderr).trim();
      throw new RangeError(`Cannot speak "${text}" as ${voice}: ${reason}`);
    }
    return await readWav(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function espeak(args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("espeak-ng", { args }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      "Cannot speak: expected the program espeak-ng (on Debian: apt install espeak-ng)",
    );
  }
}
