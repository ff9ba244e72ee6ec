import { type Params } from "../../lib/models/params.ts";
import { initAdapters } from "../../lib/pretrained/language/adapters.ts";
import { type LanguageModel } from "../../lib/pretrained/language/language_model.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { withModel } from "../pretrained/decoder_fixtures.ts";

const characters = "0123456789+-=: ";

/** Runs a test on a tiny model that reads the characters of spoken numbers, and on adapters to start from. */
export const withStart = (
  body: (model: LanguageModel, start: Params) => Promise<void>,
) =>
  withModel("llama", async (tiny) => {
    const encode = (text: string) =>
      [...text].map((character) => 3 + characters.indexOf(character));
    const tokenizer = { encode } as LanguageModel["tokenizer"];
    const model = { ...tiny, tokenizer };
    const start = tf.tidy(() =>
      initAdapters(model, keys([0]), { rank: 2, alpha: 4 })
    );
    await body(model, start);
    tf.dispose(start);
  });
