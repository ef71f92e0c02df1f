import type { Duplex } from 'node:stream';
import { SandboxError } from '../../errors.ts';
import type { ExecResult } from '../sandbox-driver.ts';
import { orAborted } from './deadline.ts';
import { OutputDemuxer } from './demux.ts';

/** Codes with which the engine says that the program did not start; a program may also end so by itself. */
const NOT_STARTED: ReadonlySet<number> = new Set([126, 127, 128]);

/** Collects what a program prints, up to a limit. */
export class ExecOutput {
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #ended: Promise<void>;

  constructor(stream: Duplex, limitBytes: number) {
    const ended = Promise.withResolvers<void>();
    let bytes = 0;
    const demuxer = new OutputDemuxer((name, data) => {
      bytes += data.length;
      if (bytes > limitBytes) ended.reject(tooMuch(limitBytes));
      else (name === 'stdout' ? this.#stdout : this.#stderr).push(data);
    });
    stream.on('data', (chunk: Buffer) => demuxer.push(chunk));
    stream.once('end', () => ended.resolve());
    stream.once('close', () => ended.resolve());
    // A program that does not read its stdin closes it: no failure. A lost engine shows when it is asked next.
    stream.on('error', () => ended.resolve());
    ended.promise.catch(() => {});
    this.#ended = ended.promise;
  }

  async ended(signal: AbortSignal): Promise<void> {
    await orAborted(this.#ended, signal);
  }

  /** @throws SandboxError exec-failed when the engine says that the program could not be started */
  toResult(exitCode: number, argv: readonly string[]): ExecResult {
    const stdout = Buffer.concat(this.#stdout);
    const stderr = Buffer.concat(this.#stderr);
    const refusal = NOT_STARTED.has(exitCode) ? findRefusal(stdout) : undefined;
    if (refusal === undefined) return { exitCode, stdout, stderr };
    throw new SandboxError('exec-failed', `${argv[0]} could not be run: ${refusal}`, {
      details: { argv, exitCode },
    });
  }
}

/** The container runtime writes its own failure where the program's output would be. */
function findRefusal(stdout: Buffer): string | undefined {
  const text = stdout.subarray(0, 4096).toString('utf8');
  return /^OCI runtime exec failed: (?:exec failed: )?(.*?)(?:: unknown)?\s*$/s.exec(text)?.[1];
}

function tooMuch(limitBytes: number): SandboxError {
  return new SandboxError(
    'exec-failed',
    `The command printed more than ${limitBytes} bytes and was killed.`,
    {
      details: { limitBytes },
    },
  );
}
