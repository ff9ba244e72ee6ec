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
  /** Calls after the first that warm up; 2 when left out. */
  readonly warmUps?: number;
  /** Blocks of calls of each entrant. */
  readonly repetitions: number;
  /** About how long a block takes; a block is one call where it is 0. */
  readonly blockSeconds: number;
}

/** The times of an entrant. */
export interface Times {
  readonly name: string;
  /** Of the first call, with what it compiles. */
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

/** An entrant whose work is set up. */
export interface Prepared {
  readonly name: string;
  /** Of the first call, with what it compiles. */
  readonly firstSeconds: number;
  /** Pieces of the work that a call does. */
  readonly pieces: number;
  /** Does calls to their end, and says how many seconds they took. */
  block(calls: number): Promise<number>;
  /** The most memory that its process had so far, in MB. */
  megabytes(): Promise<number>;
  /** Takes the work down. */
  drop(): Promise<unknown>;
}

/**
 * Sets an entrant up for work.
 *
 * @param entrant Who does it.
 * @param work The work.
 * @param path Where its parameters are.
 * @param warmUps Calls after the first that warm up.
 * @throws {Error} If it cannot do the work.
 */
export async function prepare(
  { name, contender, way }: Entrant,
  work: Work,
  path: string,
  warmUps = 2,
): Promise<Prepared> {
  const key = way;
  const { pieces, firstSeconds } = await contender.ask<
    { pieces: number; firstSeconds: number }
  >("prepare", { work, way, key, path, warmUps });
  return {
    ...{ name, firstSeconds, pieces },
    block: async (calls) =>
      (await contender.ask<{ seconds: number }>("measure", { key, calls }))
        .seconds,
    megabytes: async () =>
      (await contender.ask<{ megabytes: number }>("memory")).megabytes,
    drop: () => contender.ask("drop", { key }),
  };
}

/** An entrant that knows how many calls a block of it is. */
export type Ready = Prepared & { readonly calls: number };

/**
 * Finds out how many calls take about as long as a block should.
 *
 * @param prepared Who does the work.
 * @param effort How long a block takes.
 * @throws {Error} If a call fails.
 */
export async function sized(
  prepared: Prepared,
  { blockSeconds }: Pick<Effort, "blockSeconds">,
): Promise<Ready> {
  if (blockSeconds === 0) return { ...prepared, calls: 1 };
  const enough = Math.round(blockSeconds / await prepared.block(1));
  return { ...prepared, calls: Math.max(1, Math.min(maxCalls, enough)) };
}

/**
 * Measures entrants that are ready side by side: A B C, A B C, ..., each time a block of
 * calls, so that what else the machine does meets all alike.
 *
 * @param ready Who does the work.
 * @param effort How often each has its turn.
 * @returns The seconds of a piece of the work of each, one a repetition.
 */
export async function takeBlocks(
  ready: readonly Ready[],
  { repetitions }: Pick<Effort, "repetitions">,
): Promise<number[][]> {
  const seconds = ready.map((): number[] => []);
  // The first turn is not counted: processors and processes warm up in it.
  for (let turn = 0; turn <= repetitions; turn++) {
    for (const [i, { block, calls, pieces }] of ready.entries()) {
      const took = await block(calls);
      if (turn > 0) seconds[i].push(took / (calls * pieces));
    }
  }
  return seconds;
}

/**
 * Measures entrants at the same work by {@linkcode takeBlocks}. Only one works at a time.
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
  effort: Effort,
): Promise<Measured> {
  const ready: Ready[] = [];
  const failures: Measured["failures"] = [];
  for (const entrant of entrants) {
    try {
      const prepared = await prepare(entrant, work, path, effort.warmUps);
      ready.push(await sized(prepared, effort));
    } catch (error) {
      const reason = (error as Error).message;
      failures.push({ name: entrant.name, reason });
    }
  }
  const seconds = await takeBlocks(ready, effort);
  const times: Times[] = [];
  for (const [i, { name, firstSeconds, megabytes, drop }] of ready.entries()) {
    times.push({
      ...{ name, firstSeconds, seconds: seconds[i] },
      megabytes: await megabytes(),
    });
    await drop();
  }
  return { times, failures };
}
