/**
 * A process that does work on demand. It is asked in lines of JSON, one question
 * at a time, so that no two contenders work at the same time.
 */
export class Contender {
  #child: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #lines: AsyncIterator<string>;

  /**
   * @param program The program.
   * @param args Its arguments.
   * @param env What is added to its environment.
   */
  constructor(
    program: string,
    args: readonly string[],
    env: Record<string, string>,
  ) {
    this.#child = new Deno.Command(program, {
      args: [...args],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
  }

  /**
   * Asks.
   *
   * @throws {Error} If it could not do it, or is gone.
   */
  async ask<Reply>(
    ask: string,
    details: Record<string, unknown> = {},
  ): Promise<Reply> {
    const question = JSON.stringify({ ask, ...details }) + "\n";
    await this.#writer.write(new TextEncoder().encode(question));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("The contender has ended");
    const reply = JSON.parse(value);
    if (reply.error) throw new Error(reply.error);
    return reply;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {}); // It may be gone.
    await this.#child.status;
  }
}

/** The lines of a stream as they come. */
export async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
