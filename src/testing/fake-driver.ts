import { type Duplex, PassThrough } from 'node:stream';
import { CancelledError, SandboxError } from '../errors.ts';
import type { EgressDecision } from '../sandbox/egress/egress-decision.ts';
import { EgressLog } from '../sandbox/egress/egress-log.ts';
import type {
  ExecResult,
  Sandbox,
  SandboxCondition,
  SandboxDriver,
  SandboxExit,
  SandboxFile,
  SandboxSpec,
  SandboxSummary,
} from '../sandbox/sandbox-driver.ts';

/** A sandbox of nothing but a file table; `exec` answers what `onExec` says. */
export class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
  readonly image = { reference: 'fake:latest', id: 'sha256:fake' };
  readonly phases = { created: 1, started: 2, xvnc: 3, 'window-manager': 4, panel: 5, desktop: 6 };
  readonly files = new Map<string, Uint8Array>();
  readonly egress = new EgressLog();
  readonly executed: (readonly string[])[] = [];
  isDisposed = false;
  state: SandboxCondition['state'] = 'running';
  startedAt = '2026-01-01T00:00:00Z';
  /** Thrown by the next disposal. */
  disposalFailure: Error | undefined;
  onExec: (argv: readonly string[]) => ExecResult = () => ({
    exitCode: 0,
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
  });
  readonly #death = Promise.withResolvers<SandboxExit>();

  constructor(spec: SandboxSpec, number: number) {
    this.id = `fake-${number}`;
    this.name = this.id;
    this.runId = spec.runId;
  }

  get died(): Promise<SandboxExit> {
    return this.#death.promise;
  }

  /** The container ends by itself. */
  die(exit: Partial<SandboxExit> = {}): void {
    this.state = 'ended';
    this.#death.resolve({ exitCode: 1, outOfMemory: false, log: '', ...exit });
  }

  openVnc(): Promise<PassThrough> {
    if (this.state === 'ended') return Promise.reject(this.#ended());
    const stream = new PassThrough();
    stream.write('RFB 003.008\n');
    return Promise.resolve(stream);
  }

  condition(): Promise<SandboxCondition> {
    return Promise.resolve({ state: this.state, startedAt: this.startedAt });
  }

  pause(): Promise<void> {
    return this.#enter('paused');
  }

  unpause(): Promise<void> {
    return this.#enter('running');
  }

  openX(): Promise<PassThrough> {
    return Promise.resolve(new PassThrough());
  }

  exec(argv: readonly string[]): Promise<ExecResult> {
    this.executed.push(argv);
    return Promise.resolve(this.onExec(argv));
  }

  onEgress(listener: (decision: EgressDecision) => void): void {
    this.egress.listen(listener);
  }

  openProgram(): Promise<Duplex> {
    return Promise.reject(new SandboxError('exec-failed', 'A fake sandbox runs no programs.'));
  }

  writeFiles(files: readonly SandboxFile[]): Promise<void> {
    for (const { path, content } of files) this.files.set(path, content);
    return Promise.resolve();
  }

  readFile(path: string): Promise<Buffer> {
    const content = this.files.get(path);
    if (content !== undefined) return Promise.resolve(Buffer.from(content));
    return Promise.reject(new SandboxError('copy-failed', `There is no file ${path}.`));
  }

  logs(): Promise<string> {
    return Promise.resolve('');
  }

  [Symbol.asyncDispose](): Promise<void> {
    const failure = this.disposalFailure;
    this.disposalFailure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    this.isDisposed = true;
    return Promise.resolve();
  }

  #enter(state: SandboxCondition['state']): Promise<void> {
    if (this.state === 'ended') return Promise.reject(this.#ended());
    this.state = state;
    return Promise.resolve();
  }

  #ended(): SandboxError {
    return new SandboxError('sandbox-not-found', `There is no running sandbox ${this.id}.`);
  }
}

export interface FakeDriverOptions {
  /** Thrown by `create`; a function is asked each time. */
  readonly failure?: Error | (() => Error | undefined);
  /** `create` resolves only when this does; an abort ends it earlier. */
  readonly until?: Promise<void>;
}

export class FakeDriver implements SandboxDriver {
  readonly name = 'fake';
  readonly sandboxes: FakeSandbox[] = [];
  isDisposed = false;
  readonly #options: FakeDriverOptions;

  constructor(options: FakeDriverOptions = {}) {
    this.#options = options;
  }

  async create(
    spec: SandboxSpec,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Sandbox> {
    const { until } = this.#options;
    const failure =
      typeof this.#options.failure === 'function' ? this.#options.failure() : this.#options.failure;
    if (failure !== undefined) throw failure;
    if (until !== undefined) await untilAborted(until, signal);
    const sandbox = new FakeSandbox(spec, this.sandboxes.length + 1);
    this.sandboxes.push(sandbox);
    return sandbox;
  }

  list(): Promise<readonly SandboxSummary[]> {
    return Promise.resolve([]);
  }

  attach(idOrName: string): Promise<Sandbox> {
    const found = this.sandboxes.find(({ id }) => id === idOrName);
    if (found !== undefined) return Promise.resolve(found);
    return Promise.reject(new SandboxError('sandbox-not-found', `There is no sandbox ${idOrName}.`));
  }

  async adopt(idOrName: string): Promise<Sandbox> {
    return await this.attach(idOrName);
  }

  async remove(idOrName: string): Promise<void> {
    await (await this.attach(idOrName))[Symbol.asyncDispose]();
  }

  prune(): Promise<readonly SandboxSummary[]> {
    return Promise.resolve([]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }
}

async function untilAborted(wait: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => aborted.reject(new CancelledError('cancelled', 'Cancelled.')), {
    once: true,
  });
  await Promise.race([wait, aborted.promise]);
}
