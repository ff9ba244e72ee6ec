import { join } from "node:path";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadPretrained, referenceNames } from "../../lib/models/pretrained.ts";
import { type Params } from "../../lib/models/params.ts";
import { tf } from "../../lib/tf/backend.ts";
import { allTargets, dataDir, digitSumOf } from "../../lib/data/mod.ts";
import { exactKl } from "../../lib/metrics/mod.ts";
import {
  digitSums,
  evaluateMixture,
  languageCorpora,
  languageModelOf,
  languageWidths,
  mixture,
  mixtureFlowOf,
  mixtureRewards,
  mixtureTasks,
  mixtureWidths,
  sumRewards,
  sumTask,
} from "../../lib/tracks/mod.ts";
import { exactLogProbs } from "../../lib/tracks/language_models.ts";

/** The width of a model, by its last layer. */
const widthOf = (params: Params) => params["output/kernel"].shape[1];

Deno.test("a wider flow is nearer the data, and its task fine-tunes that width", async () => {
  const fits: number[] = [];
  for (const [width, first] of Object.entries(mixtureWidths)) {
    const kls: number[] = [];
    for (const name of referenceNames(first)) {
      const params = await loadPretrained(name);
      assertEquals(widthOf(params), Number(width));
      const { policy } = mixtureTasks(params).graded;
      const members = policy.init(2);
      assertEquals(widthOf(members), Number(width));
      const columns = evaluateMixture(params, {
        ...{ reward: mixtureRewards.graded, perContext: 100, exact: true },
      });
      kls.push((await columns.kl.data())[0]);
      tf.dispose([params, members, columns]);
    }
    fits.push(kls.reduce((a, b) => a + b) / kls.length);
  }
  // Nats from the data: 0.51, 0.22, 0.11 and 0.08 where the kept ones were made.
  fits.slice(1).forEach((kl, i) => assert(kl < fits[i], `${fits}`));
  assert(fits[0] < 0.7, `${fits}`);
});

/** KL(corpus | policy) in nats, mean over prompts. */
async function corpusKl(params: Params, corpus: keyof typeof languageCorpora) {
  const { probabilities } = languageCorpora[corpus];
  const asked = corpus === "sums" ? digitSumOf(allTargets) : digitSums;
  const mean = tf.tidy(() => {
    const logp = tf.log(tf.tensor3d([probabilities.map((row) => [...row])]));
    return tf.mean(exactKl({ logp, logpRef: exactLogProbs(params, asked) }));
  });
  const [kl] = await mean.data();
  tf.dispose([params, mean]);
  return kl;
}

/** The kept repetitions of a model. */
const keptOf = (first: string) => {
  const kept = Array.from(
    Deno.readDirSync(join(dataDir, "models")),
    ({ name }) => name.replace(".safetensors", ""),
  );
  return referenceNames(first).filter((name) => kept.includes(name));
};

Deno.test("all repetitions of the kept policies have learnt their corpora", async () => {
  for (const corpus of Object.keys(languageCorpora)) {
    const names = keptOf(`language_${corpus}`);
    assert(names.length >= 2, `${corpus}: ${names}`);
    for (const name of names) {
      const kl = await corpusKl(
        await loadPretrained(name),
        corpus as keyof typeof languageCorpora,
      );
      assert(kl < 0.02, `${name}: ${kl} nats`);
    }
  }
});

Deno.test("a wider policy fits the corpus better, and its task fine-tunes that width", async () => {
  const fits: number[] = [];
  for (const [width, first] of Object.entries(languageWidths)) {
    const kls: number[] = [];
    for (const name of referenceNames(first)) {
      const params = await loadPretrained(name);
      assertEquals(widthOf(params), Number(width));
      const task = sumTask(sumRewards.exact, params, { name });
      const members = task.policy.init(2);
      assertEquals(widthOf(members), Number(width));
      task.dispose();
      tf.dispose(members);
      kls.push(await corpusKl(params, "rough"));
    }
    fits.push(kls.reduce((a, b) => a + b) / kls.length);
  }
  fits.slice(1).forEach((kl, i) => assert(kl < fits[i], `${fits}`));
  assert(fits[0] < 0.3, `${fits}`);
});

Deno.test("parameters of another model are refused by their shapes", async () => {
  const [flow, policy] = await Promise.all(
    ["mixture_flow_w16", "language_rough_w8"].map(loadPretrained),
  );
  assertThrows(
    () => languageModelOf(flow, digitSums),
    TypeError,
    "token/embedding",
  );
  assertThrows(() => mixtureFlowOf(policy, mixture), TypeError, "input/kernel");
  tf.dispose([flow, policy]);
});
