import { type Contender } from "./contender.ts";
import { type Work } from "./work.ts";

/** A contender and a way it has to do work. */
export interface Entrant {
  readonly name: string;
  readonly contender: Contender;
  readonly way: string;
}

/** How long to measure. */
export interface Effort {
  /** Blocks of calls of each entrant. */
  readonly repetitions: number;
  /** About how long a block takes. */
  readonly blockSeconds: number;
}

/** The times of an entrant. */
export interface Times {
  readonly name: string;
  /** From setting up to the end of the first call. */
  readonly firstSeconds: number;
  /** Seconds of a piece of the work, one a repetition. */
  readonly seconds: readonly number[];
  /** The most memory that its process had. */
  readonly megabytes: number;
}

/** What came of the measurement of some work. */
export interface Measured {
  readonly times: Times[];
  /** What could not be measured: a name and a reason. */
  readonly failures: { name: string; reason: string }[];
}

const maxCalls = 1000;

/**
 * Measures entrants at the same work side by side: A B C, A B C, ..., each time a
 * block of calls, so that what else the machine does meets all alike. Only one works
 * at a time.
 *
 * @param work The work.
 * @param entrants Who does it.
 * @param path Where its parameters are.
 * @param effort How long to measure.
 */
export async function measure(
  work: Work,
  entrants: readonly Entrant[],
  path: string,
  { repetitions, blockSeconds }: Effort,
): Promise<Measured> {
  const ready = [];
  const failures = [];
  for (const { name, contender, way } of entrants) {
    const key = way;
    const block = async (calls: number) => {
      const asked = { key, calls };
      return (await contender.ask<{ seconds: number }>("measure", asked))
        .seconds;
    };
    try {
      const { pieces, firstSeconds } = await contender.ask<
        { pieces: number; firstSeconds: number }
      >("prepare", { work, way, key, path });
      const calls = blockSeconds / await block(1);
      ready.push({
        name,
        firstSeconds,
        pieces,
        block,
        calls: Math.max(1, Math.min(maxCalls, Math.round(calls))),
        seconds: [] as number[],
        megabytes: NaN,
        memory: () => contender.ask<{ megabytes: number }>("memory"),
        drop: () => contender.ask("drop", { key }),
      });
    } catch (error) {
      failures.push({ name, reason: (error as Error).message });
    }
  }
  // The first turn is not counted: processors and processes warm up in it.
  for (const { block, calls } of ready) await block(calls);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const { block, calls, pieces, seconds } of ready) {
      seconds.push(await block(calls) / (calls * pieces));
    }
  }
  for (const entrant of ready) {
    entrant.megabytes = (await entrant.memory()).megabytes;
    await entrant.drop();
  }
  return { times: ready, failures };
}
