import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CancelledError, ModelError } from '../../errors.ts';
import type { ReadLine } from './read-line.ts';
import type { ReadAnswer, ReadRequest } from './reader-main.ts';

interface Waiting {
  resolve(lines: readonly ReadLine[]): void;
  reject(error: Error): void;
}

// The sources run as they are and the build runs as JavaScript: the entry has the ending of this file.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './reader-main.ts' : './reader-main.js',
  import.meta.url,
);

/** Most of what it allocates is short-lived pixels: collected early, they do not pile up. MB */
const HEAP_LIMITS = ['--max-old-space-size=128', '--max-semi-space-size=2'];
// No key that this process holds is any use to one that reads pictures. One arena: no memory is left in many.
const { PATH = '', LD_LIBRARY_PATH = '' } = process.env;
const ENVIRONMENT = { PATH, LD_LIBRARY_PATH, MALLOC_ARENA_MAX: '1' };

function toReaderError(what: string): ModelError {
  return new ModelError('model-unavailable', `The screen reader failed: ${what}.`, {
    hint: 'Reinstall the packages: tesseract-wasm and @tesseract.js-data/eng must be complete.',
  });
}

/**
 * The recogniser in a process of its own, started with the first picture: it blocks for about a second
 * and keeps 220 MB, which the process that drives the desktop should not.
 */
export class ReaderProcess implements AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #lastId = 0;
  #isDisposed = false;

  /** @throws ModelError model-unavailable, CancelledError */
  async read(png: Uint8Array, signal?: AbortSignal): Promise<readonly ReadLine[]> {
    if (this.#isDisposed) throw toReaderError('it is closed');
    const request: ReadRequest = { id: ++this.#lastId, png };
    const { promise, resolve, reject } = Promise.withResolvers<readonly ReadLine[]>();
    const cancel = (): void =>
      reject(new CancelledError('cancelled', 'Cancelled.', { cause: signal?.reason }));
    this.#waiting.set(request.id, { resolve, reject });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      if (signal?.aborted) cancel();
      else this.#send(request);
      return await promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(request.id);
      if (this.#waiting.size === 0) this.#child?.channel?.unref();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const child = this.#child;
    this.#lose(child, 'it was closed while it read');
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.ref();
    child.kill('SIGKILL');
    await exit;
  }

  #send(request: ReadRequest): void {
    this.#child ??= this.#start();
    const child = this.#child;
    // Only while somebody waits for it does the reader keep this process alive.
    child.channel?.ref();
    child.send(request, (error) => {
      if (error) this.#lose(child, error.message);
    });
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(ENTRY), {
      serialization: 'advanced',
      // The engine prints notices such as "Empty page!!": they are nobody's business.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: HEAP_LIMITS,
      env: ENVIRONMENT,
    });
    child.unref();
    child.on('message', (answer: ReadAnswer) => this.#settle(answer));
    child.on('error', (error) => this.#lose(child, error.message));
    child.on('exit', (code, signal) => this.#lose(child, `its process ended (${signal ?? `code ${code}`})`));
    return child;
  }

  #settle(answer: ReadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if ('lines' in answer) waiting?.resolve(answer.lines);
    else waiting?.reject(toReaderError(answer.problem));
  }

  /** After a crash the next picture starts another process. */
  #lose(child: ChildProcess | undefined, what: string): void {
    if (child === undefined || this.#child !== child) return;
    this.#child = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(toReaderError(what));
  }
}
