import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exec } from 'dockerode';
import { SandboxError } from '../../errors.ts';
import type { ExecOptions, ExecResult } from '../sandbox-driver.ts';
import { toCancelled } from './deadline.ts';
import { ExecOutput } from './exec-output.ts';
import { refusalStatus } from './engine-errors.ts';
import type { CallOptions, Engine } from './engine.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
/** More than any screenshot, log or document; less than what would hurt this process. */
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 800;
const KILL_TIMEOUT_MS = 5_000;
/** Every process that an exec starts inherits this variable, so that all of them can be found again. */
const MARK = 'DESKHAND_EXEC';

/** Kills what carries the mark $1, thrice, for a process may fork while it is looked for. */
const killScript = `for round in 1 2 3; do
  found=$(grep -lzx "${MARK}=$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n')
  [ -n "$found" ] || exit 0
  kill -KILL $found 2>/dev/null
done`;

interface RunOptions extends ExecOptions {
  /** More output than this is a failure. Default 64 MiB. */
  readonly outputLimitBytes?: number;
}

interface Started {
  readonly exec: Exec;
  readonly stream: Duplex;
}

/** Runs programs in one container as the desktop's user. */
export class ExecClient {
  readonly #engine: Engine;
  readonly #container: string;

  constructor(engine: Engine, container: string) {
    this.#engine = engine;
    this.#container = container;
  }

  /**
   * Runs `argv` to its end. A program that leaves others in the background ends when it ends itself.
   * @throws SandboxError exec-failed | sandbox-died, CancelledError, EngineError
   */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const mark = randomBytes(8).toString('hex');
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
    let started: Started | undefined;
    try {
      started = await this.#start(argv, { ...options, env: { ...options.env, [MARK]: mark } }, stop);
      return await this.#finish(started, argv, options, stop);
    } catch (error) {
      if (started || stop.aborted) await this.#kill(mark, started?.stream);
      if (signal?.aborted) throw toCancelled(signal.reason);
      if (deadline.aborted) throw timedOut(argv, timeoutMs, error);
      throw error;
    }
  }

  /** Starts `argv` and hands over its stdin and its multiplexed output. @throws as run */
  async open(argv: readonly string[], options: CallOptions = {}): Promise<Duplex> {
    return (await this.#start(argv, { stdin: '' }, options.signal)).stream;
  }

  async #start(
    argv: readonly string[],
    options: ExecOptions,
    signal: AbortSignal | undefined,
  ): Promise<Started> {
    try {
      const exec = await this.#engine.call(
        'preparing a command in a sandbox',
        async (docker, abortSignal) =>
          await docker.getContainer(this.#container).exec({
            Cmd: [...argv],
            AttachStdin: options.stdin !== undefined,
            AttachStdout: true,
            AttachStderr: true,
            Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
            ...(options.workingDirectory !== undefined && { WorkingDir: options.workingDirectory }),
            abortSignal,
          }),
        { signal },
      );
      const stream = await this.#engine.call(
        'starting a command in a sandbox',
        async (_docker, abortSignal) => await exec.start({ hijack: true, stdin: true, abortSignal }),
        { signal },
      );
      return { exec, stream };
    } catch (error) {
      throw toExecError(error, argv);
    }
  }

  async #finish(
    { exec, stream }: Started,
    argv: readonly string[],
    { stdin, outputLimitBytes = OUTPUT_LIMIT_BYTES }: RunOptions,
    signal: AbortSignal,
  ): Promise<ExecResult> {
    const output = new ExecOutput(stream, outputLimitBytes);
    if (stdin !== undefined) stream.end(stdin);
    const watch = new AbortController();
    try {
      const watched = AbortSignal.any([signal, watch.signal]);
      await Promise.race([output.ended(signal), this.#ended(exec, watched)]);
    } finally {
      watch.abort();
      stream.destroy();
    }
    const exitCode = await this.#exitCode(exec, signal);
    return output.toResult(exitCode, argv);
  }

  /**
   * The engine holds the stream open for two seconds when something in the background keeps the program's
   * output open; asking for the program itself is faster.
   */
  async #ended(exec: Exec, signal: AbortSignal): Promise<void> {
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
      await delay(waitMs, undefined, { signal });
      if ((await this.#inspect(exec, signal)) !== undefined) break;
    }
    // What the program printed last may still be on its way.
    await delay(FIRST_LOOK_MS, undefined, { signal });
  }

  async #exitCode(exec: Exec, signal: AbortSignal): Promise<number> {
    for (;;) {
      const exitCode = await this.#inspect(exec, signal);
      if (exitCode !== undefined) return exitCode;
      await delay(5, undefined, { signal });
    }
  }

  /** Undefined while the program runs. */
  async #inspect(exec: Exec, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { Running, ExitCode } = await this.#engine.call(
        'asking for the end of a command',
        async (_docker, abortSignal) => await exec.inspect({ abortSignal }),
        { signal },
      );
      return Running || ExitCode === null ? undefined : ExitCode;
    } catch (error) {
      throw refusalStatus(error) === 404 ? diedMeanwhile(error) : error;
    }
  }

  /** Best effort: a sandbox in which nothing can be started any more is for its owner to remove. */
  async #kill(mark: string, stream: Duplex | undefined): Promise<void> {
    stream?.destroy();
    try {
      const signal = AbortSignal.timeout(KILL_TIMEOUT_MS);
      const killer = await this.#start(['/bin/sh', '-c', killScript, 'sh', mark], {}, signal);
      await this.#finish(killer, ['sh'], {}, signal);
    } catch {
      // The error that led here says more.
    }
  }
}

function timedOut(argv: readonly string[], timeoutMs: number, cause: unknown): SandboxError {
  return new SandboxError('exec-failed', `${argv[0]} did not end within ${timeoutMs} ms and was killed.`, {
    cause,
    details: { argv, timeoutMs },
  });
}

/** 404: the container is gone; 409: it does not run, or is paused. */
function toExecError(error: unknown, argv: readonly string[]): unknown {
  const status = refusalStatus(error);
  const message = error instanceof Error ? error.message : '';
  if (status === 404 || (status === 409 && !message.includes('paused'))) {
    return diedMeanwhile(error);
  }
  if (status === undefined) return error;
  return new SandboxError('exec-failed', `${argv[0]} could not be run: ${message}`, {
    cause: error,
    details: { argv },
  });
}

function diedMeanwhile(cause: unknown): SandboxError {
  return new SandboxError('sandbox-died', 'The sandbox does not run any more.', { cause });
}
