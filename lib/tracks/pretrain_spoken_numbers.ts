import { loadLanguageModel } from "../pretrained/language/language_model.ts";
import { hearClips } from "./hear_clips.ts";
import { wordEmbeddings } from "./spoken_questions.ts";
import { teachSpokenNumbers } from "./spoken_reference.ts";

/** The models that spoken numbers are made with. */
export interface SpokenModels {
  /** Whisper tiny.en, as `deno task model whisper` fetches it. */
  whisper: string;
  /** SmolLM2-135M-Instruct, as `deno task model smollm2` fetches it. */
  smollm2: string;
  /** Told what is being done. */
  onProgress?(doing: string): unknown;
}

/**
 * Makes anew what the spoken-number tasks start from: speaks and hears the clips, see
 * {@linkcode hearClips}, and teaches the language model the questions, see
 * {@linkcode teachSpokenNumbers}.
 *
 * @param models The paths of the models.
 * @returns The share of clips whose words were all heard right, and the last loss of the
 * lessons.
 * @throws {Deno.errors.NotFound} If there is no espeak-ng or no recording of a person,
 * naming the Debian package.
 */
export async function pretrainSpokenNumbers(
  { whisper, smollm2, onProgress }: SpokenModels,
): Promise<Record<string, number>> {
  const model = await loadLanguageModel(smollm2);
  const embeddings = wordEmbeddings(model);
  const accuracies = await hearClips({
    ...{ encoder: whisper, embeddings, onProgress },
  });
  embeddings.dispose();
  const loss = await teachSpokenNumbers(model, onProgress);
  model.dispose();
  const heard = Object.entries(accuracies).map((
    [of, share],
  ) => [`spoken_numbers heard right, ${of}`, share]);
  return { ...Object.fromEntries(heard), "spoken_numbers loss": loss };
}
