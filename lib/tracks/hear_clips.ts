import { join } from "node:path";
import { dataDir, writeBytes } from "../data/files.ts";
import { compile } from "../compile/mod.ts";
import { ctcLoss } from "../losses/ctc.ts";
import { type Params } from "../models/params.ts";
import { savePretrained } from "../models/pretrained.ts";
import { loadAudioEncoder } from "../pretrained/sound/audio_encoder.ts";
import { heardWords } from "../pretrained/sound/heard_words.ts";
import { logMel } from "../pretrained/sound/log_mel.ts";
import { resample } from "../pretrained/sound/resample.ts";
import { speak } from "../pretrained/sound/speech.ts";
import { encodeWav, readWav, type Sound } from "../pretrained/sound/wav.ts";
import {
  type WordProjector,
  wordProjector,
} from "../pretrained/sound/word_projector.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { uniform } from "../tf/random.ts";
import { fit } from "../train/fit.ts";
import {
  type HeardClip,
  humanClips,
  humanVoice,
  type SpokenClip,
  spokenWords,
  taskClips,
  testClips,
  trainingClips,
  writeHeardClips,
} from "./spoken_clips.ts";

/** What hearing takes. */
export interface Hearing {
  /** Whisper's encoder, as `loadAudioEncoder` takes it. */
  encoder: string;
  /** The language model's embeddings of {@linkcode spokenWords}, `[12, width]`. */
  embeddings: Tensor;
  /** Told what is being done. */
  onProgress?(doing: string): unknown;
}

const sampleRate = 16_000;
/** A window in seconds: the longest clip fits in. */
const seconds = 2.4;
const recordings = "/usr/share/asterisk/sounds/en_US_f_Allison/digits";
const [stack, hidden, batch, steps] = [4, 192, 64, 150];

/**
 * Speaks and hears the clips of the spoken-number tasks, and keeps what was heard:
 * espeak-ng speaks, Whisper's encoder hears in windows of 2.4 s, and a projector that is
 * aligned by CTC, without the language model, says which word each frame is of.
 *
 * It writes `data/models/spoken_projector.safetensors`, in half precision,
 * `data/models/spoken_numbers.json`, see {@linkcode loadHeardClips}, and some of the
 * clips as `data/clips/*.wav`.
 *
 * @param hearing The encoder and the words' embeddings.
 * @returns The share of clips whose words were all heard right: in new voices, by a
 * person, and of the tasks' own.
 * @throws {Deno.errors.NotFound} If there is no espeak-ng or no recording of a person,
 * naming the Debian package.
 */
export async function hearClips(
  { encoder: path, embeddings, onProgress }: Hearing,
): Promise<Record<string, number>> {
  const encoder = await loadAudioEncoder(path);
  const projector = wordProjector({
    ...{ inputs: encoder.audio.width, stack, hidden },
    outputs: embeddings.shape[1]!,
  });
  using encode = compile((features: Tensor) => encoder.encode(features));
  const statesOf = async (clips: readonly SpokenClip[]) => {
    const all: Tensor[] = [];
    for (const clip of clips) {
      const { samples } = await soundOf(clip, sampleRate);
      const { mels } = encoder.audio;
      const features = logMel(samples, { sampleRate, mels, seconds });
      all.push(encode(features));
      features.dispose();
    }
    const states = tf.concat(all);
    tf.dispose(all);
    return states;
  };

  onProgress?.("speaking and encoding what the projector learns from");
  const learned = trainingClips();
  const states = await statesOf(learned);
  onProgress?.("aligning the projector by CTC");
  const params = await align(projector, { states, clips: learned, embeddings });
  states.dispose();

  const hear = async (clips: readonly SpokenClip[]): Promise<HeardClip[]> => {
    const own = await statesOf(clips);
    const logits = tf.tidy(() =>
      tf.squeeze(projector.logits(params, own, embeddings), [0])
    );
    const heard = await sharesOf(logits);
    tf.dispose([own, logits]);
    return clips.map((clip, i) => ({ ...clip, heard: heard[i] }));
  };
  onProgress?.("hearing");
  const clips = await hear(taskClips());
  const accuracies = {
    "new voices": accuracyOf(await hear(testClips())),
    "a person": accuracyOf(await hear(humanClips())),
    "the tasks' clips": accuracyOf(clips),
  };
  encoder.dispose();

  await savePretrained("spoken_projector", params, {
    ...{ stack: `${stack}`, hidden: `${hidden}`, seconds: `${seconds}` },
  }, { half: true });
  tf.dispose(params);
  await writeHeardClips(await withSounds(clips), accuracies);
  return accuracies;
}

/** Fits the projector to what clips say, without when they say it. */
async function align(
  projector: WordProjector,
  { states, clips, embeddings }: {
    states: Tensor;
    clips: readonly SpokenClip[];
    embeddings: Tensor;
  },
): Promise<Params> {
  const longest = 3;
  const { rows, lengths } = {
    rows: tf.tensor2d(
      clips.map(({ words }) =>
        [...words.map((word) => word + 1), 1, 1].slice(0, longest)
      ),
      undefined,
      "int32",
    ),
    lengths: tf.tensor1d(clips.map(({ words }) => words.length), "int32"),
  };
  const { params } = await fit({
    init: projector.init,
    loss(params, keys) {
      const draws = tf.mul(uniform(keys, [batch]), clips.length);
      const drawn = tf.reshape(tf.cast(tf.floor(draws), "int32"), [batch]);
      const pick = (x: Tensor) => tf.gather(x, drawn) as Tensor;
      const logits = projector.logits(params, pick(states), embeddings);
      const losses = ctcLoss({
        logits: tf.squeeze(logits, [0]),
        targets: pick(rows),
        lengths: pick(lengths),
      });
      return tf.expandDims(tf.mean(losses), 0);
    },
    ...{ iterations: steps, learningRate: 1e-3, seed: 1 },
  });
  tf.dispose([rows, lengths]);
  return params;
}

/** The shares of the words of each segment of each clip. */
async function sharesOf(logits: Tensor): Promise<number[][][]> {
  const each = tf.eye(spokenWords.length) as Tensor;
  const { heard, rows } = await heardWords(logits, each);
  const shares = await heard.array() as number[][];
  tf.dispose([each, heard]);
  return rows.map((own) => own.map((row) => shares[row]));
}

/** The word with the largest share. */
const surest = (shares: readonly number[]) =>
  shares.indexOf(Math.max(...shares));

/** The share of clips whose words were all heard, in their order and no more. */
function accuracyOf(clips: readonly HeardClip[]): number {
  const right = clips.filter(({ words, heard }) =>
    `${heard.map(surest)}` === `${words}`
  );
  return right.length / clips.length;
}

/** A clip's sound. The speed differs from clip to clip, and is always the same for one. */
async function soundOf(
  { words, text, voice }: SpokenClip,
  to: number,
): Promise<Sound> {
  const speed = 160 + words.reduce((a, b) => 7 * a + b, voice.length) % 50;
  const { samples, sampleRate } = voice === humanVoice
    ? await recordingOf(words)
    : await speak(text, { voice, speed });
  return {
    samples: resample(samples, { from: sampleRate, to }),
    sampleRate: to,
  };
}

async function recordingOf([digit]: readonly number[]): Promise<Sound> {
  try {
    return await readWav(join(recordings, `${digit}.wav`));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `Cannot read ${recordings}: expected recordings of digits (on Debian: apt install asterisk-core-sounds-en-wav)`,
    );
  }
}

/** Keeps two clips of each kind that espeak-ng made, to be listened to. */
async function withSounds(clips: readonly HeardClip[]): Promise<HeardClip[]> {
  const made = clips.filter(({ voice }) => voice !== humanVoice);
  const kinds = Map.groupBy(
    made,
    ({ words, heldOut }) => `${words.length} ${heldOut}`,
  );
  const kept = [...kinds.values()].flatMap((own) => own.slice(0, 2));
  return await Promise.all(clips.map(async (clip) => {
    if (!kept.includes(clip)) return clip;
    const name = `${clip.text} ${clip.voice}`.replaceAll(/[^a-z0-9]+/g, "_");
    const sound = `${name}.wav`;
    const bytes = encodeWav(await soundOf(clip, 8000));
    await writeBytes(join(dataDir, "clips", sound), bytes);
    return { ...clip, sound };
  }));
}
