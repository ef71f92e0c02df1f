import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CancelledError } from '../../errors.ts';
import { type ContentKinds, type ReadContent, UnreadableError } from './content.ts';
import type { ContentAnswer, ContentRequest } from './content-main.ts';

// The sources run as they are and the build runs as JavaScript: the entry has the ending of this file.
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './content-main.ts' : './content-main.js',
  import.meta.url,
);

const LIMITS = ['--max-old-space-size=384', '--disable-warning=ExperimentalWarning'];
const TIME_LIMIT_MS = 20_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Reads the formats of files that a model may have written, in a process of its own: a file that makes a reader hang,
 * crash or fill its memory costs that process, and the check is told. Started with the first file.
 */
export class ContentProcess implements AsyncDisposable {
  readonly #timeLimitMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #lastId = 0;

  constructor({ timeLimitMs = TIME_LIMIT_MS }: { readonly timeLimitMs?: number } = {}) {
    this.#timeLimitMs = timeLimitMs;
  }

  readonly read: ReadContent = async (kind, request, { signal } = {}) => {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    const cancel = (): void => {
      reject(new CancelledError('cancelled', 'Cancelled.', { cause: signal?.reason }));
      this.#drop('it was cancelled');
    };
    const timer = setTimeout(
      () => this.#drop(`it took longer than ${this.#timeLimitMs / 1000} s`),
      this.#timeLimitMs,
    );
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      if (signal?.aborted) cancel();
      else this.#send({ id, kind, request });
      // Both ends are of one build, so the answer is of the kind that was asked.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it comes over a channel without types
      return (await promise) as ContentKinds[typeof kind]['value'];
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#drop('it was closed');
    if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  #send(request: ContentRequest): void {
    this.#child ??= this.#start();
    const child = this.#child;
    child.send(request, (error) => {
      if (error) this.#lose(child, error.message);
    });
  }

  #start(): ChildProcess {
    const { PATH = '', LD_LIBRARY_PATH = '' } = process.env;
    const child = fork(fileURLToPath(ENTRY), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: LIMITS,
      // No key that this process holds is any use to one that reads files.
      env: { PATH, LD_LIBRARY_PATH },
    });
    child.on('message', (answer: ContentAnswer) => this.#settle(answer));
    child.on('error', (error) => this.#lose(child, error.message));
    child.on('exit', (code, signal) => this.#lose(child, `its reader ended (${signal ?? `code ${code}`})`));
    return child;
  }

  #settle(answer: ContentAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if ('value' in answer) waiting?.resolve(answer.value);
    else waiting?.reject(new (answer.isOfFile ? UnreadableError : Error)(answer.problem));
  }

  /** Ends the process: whoever waits for it is told why. The next file starts another. */
  #drop(why: string): void {
    const child = this.#child;
    if (child === undefined) return;
    this.#lose(child, why);
    child.kill('SIGKILL');
  }

  #lose(child: ChildProcess, why: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(why));
  }
}
