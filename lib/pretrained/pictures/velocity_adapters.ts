import { countMembers, type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import {
  assertKnown,
  assertPositive,
  assertPositiveInteger,
} from "../../tf/check.ts";
import { foldIn, uniform } from "../../tf/random.ts";
import { alphaName, factorNames } from "../layers/lora.ts";
import { type Named } from "../layers/named_layers.ts";

/** Linear layers, `[out, in]` by name. */
type Linears = Named<readonly number[]>;

/** The layers that are adapted where nothing else is said: those of attention. */
export const initialTargets = ["to_q", "to_k", "to_v", "to_out.0"] as const;

/** Which linear layers of a transformer are adapted, and how. */
export interface VelocityAdapterOptions {
  /** The rank of a change, r. */
  rank: number;
  /** The change is multiplied by alpha / r. */
  alpha: number;
  /**
   * The layers by the end of their name, as PEFT takes them; those of attention, `to_q`,
   * `to_k`, `to_v` and `to_out.0`, when left out.
   */
  targets?: readonly string[];
}

/**
 * Makes low-rank adapters for a transformer of pictures, as `initAdapters` does for a
 * language model: a linear layer `W` becomes `W + (alpha / r) B A`, A even in
 * +-1 / sqrt(in), B zero (Hu et al. 2021, arXiv 2106.09685, section 4.1).
 *
 * @param transformer The transformer.
 * @param keys int32 `[M, 2]`; member i depends on `keys[i]` alone.
 * @param options Which layers, and how.
 * @returns `alpha` `[M]`, and for each layer `name.lora_A.weight` `[M, r, in]` and
 * `name.lora_B.weight` `[M, out, r]`; the caller disposes them.
 * @throws {RangeError} If a number is not positive, or a target ends no layer's name.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { initVelocityAdapters, keys, loadVelocityTransformer, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/sana/transformer", `file://${Deno.cwd()}/`);
 * const sana = await loadVelocityTransformer(folder.pathname);
 * const adapters = tf.tidy(() =>
 *   initVelocityAdapters(sana, keys([0, 1]), { rank: 2, alpha: 4, targets: ["attn1.to_q"] })
 * );
 * assertEquals(adapters["transformer_blocks.0.attn1.to_q.lora_A.weight"].shape, [2, 2, 16]);
 * tf.dispose(adapters);
 * sana.dispose();
 * ```
 */
export function initVelocityAdapters(
  { linears }: { readonly linears: Linears },
  keys: Tensor,
  options: VelocityAdapterOptions,
): Params {
  assertKnown("the options of initVelocityAdapters", options, [
    ...["rank", "alpha", "targets"],
  ]);
  const { rank, alpha, targets = initialTargets } = options;
  assertPositiveInteger("rank", rank);
  assertPositive("alpha", alpha);
  const names = targetNames(linears, targets);
  const [members] = keys.shape;
  return tf.tidy(() => {
    const adapters: Params = { [alphaName]: tf.fill([members], alpha) };
    for (const [i, name] of names.entries()) {
      const [outputs, inputs] = linears[name];
      const [a, b] = factorNames(name);
      const even = tf.sub(
        tf.mul(uniform(foldIn(keys, i), [rank, inputs]), 2),
        1,
      );
      adapters[a] = tf.div(even, Math.sqrt(inputs));
      adapters[b] = tf.zeros([members, outputs, rank]);
    }
    return adapters;
  });
}

/**
 * The layers whose names are targets or end in one.
 *
 * @throws {RangeError} If there is no target, or one ends no name.
 */
export function targetNames(
  linears: Linears,
  targets: readonly string[],
): string[] {
  const ends = (name: string, target: string) =>
    name === target || name.endsWith(`.${target}`);
  const names = Object.keys(linears);
  const wrong = targets.find((target) =>
    !names.some((name) => ends(name, target))
  );
  if (wrong !== undefined || targets.length === 0) {
    throw new RangeError(
      `Expected targets to be ends of names of linear layers, such as "${
        names.at(-1)
      }", got ${wrong === undefined ? "none" : JSON.stringify(wrong)}`,
    );
  }
  return names.filter((name) => targets.some((target) => ends(name, target)));
}

/**
 * Checks that adapters fit a transformer and a batch.
 *
 * @throws {TypeError} If a name, a type or a shape does not fit, naming the first, or
 * the members do not divide the batch.
 */
export function assertVelocityAdapters(
  adapters: Params,
  linears: Linears,
  batch: number,
): void {
  const members = countMembers(adapters);
  const expected: Named<number[]> = { [alphaName]: [members] };
  for (const [name, [outputs, inputs]] of Object.entries(linears)) {
    const [a, b] = factorNames(name);
    if (!(a in adapters || b in adapters)) continue;
    const rank = adapters[a]?.shape[1] ?? adapters[b].shape[2]!;
    expected[a] = [members, rank, inputs];
    expected[b] = [members, outputs, rank];
  }
  for (const [name, { shape, dtype }] of Object.entries(adapters)) {
    if (`${shape}` !== `${expected[name]}` || dtype !== "float32") {
      throw new TypeError(
        `Expected adapters to have float32 "${name}" of shape [${
          expected[name] ?? "none: there is no such layer"
        }], got ${dtype} [${shape}]`,
      );
    }
  }
  const missing = Object.keys(expected).find((name) => !(name in adapters));
  if (missing !== undefined) {
    throw new TypeError(`Expected adapters to have "${missing}"`);
  }
  if (batch % members !== 0) {
    throw new TypeError(
      `Expected the batch of hidden_states to be shared out among ${members} members of adapters, got ${batch}`,
    );
  }
}
