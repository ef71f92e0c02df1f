import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { toMessage } from '../../errors.ts';
import type { Activity } from '../../util/activity.ts';
import type {
  ExecOptions,
  ExecResult,
  Sandbox,
  SandboxCondition,
  SandboxExit,
  SandboxFile,
  StartPhase,
} from '../sandbox-driver.ts';
import { watchContainer } from './container-activity.ts';
import type { EgressDecision } from '../egress/egress-decision.ts';
import type { EgressLog } from '../egress/egress-log.ts';
import type { ContainerClient } from './container-client.ts';
import { ExecDuplex } from './exec-duplex.ts';
import type { ExecClient } from './exec-client.ts';
import { readFile, writeFiles } from './files.ts';
import type { VncRoute } from './vnc-route.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface SandboxParts {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
  readonly image: Sandbox['image'];
  readonly phases: Sandbox['phases'];
  readonly containers: ContainerClient;
  readonly exec: ExecClient;
  readonly vnc: VncRoute;
  readonly egress: EgressLog;
  /** Removes everything that the sandbox owns. */
  readonly release: () => Promise<void>;
}

/** Of the display :1, which every desktop has. */
const X_SOCKET = '/tmp/.X11-unix/X1';
const LOG_LINES = 40;
const SECOND_LOOK_MS = 1_000;

/** A desktop in a container. */
export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
  readonly image: Sandbox['image'];
  readonly phases: Readonly<Partial<Record<StartPhase, number>>>;
  readonly #parts: SandboxParts;
  readonly #life = new AbortController();
  #died: Promise<SandboxExit> | undefined;
  #disposal: Promise<void> | undefined;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.runId = parts.runId;
    this.name = parts.name;
    this.image = parts.image;
    this.phases = parts.phases;
  }

  /** By which way openVnc goes. */
  get vncWay(): VncRoute['way'] {
    return this.#parts.vnc.way;
  }

  get isDisposed(): boolean {
    return this.#disposal !== undefined;
  }

  /** Watching starts with the first look at it: it holds a connection to the engine open. */
  get died(): Promise<SandboxExit> {
    this.#died ??= this.#watch();
    return this.#died;
  }

  async openVnc(options: Cancellable = {}): Promise<Duplex> {
    return await this.#parts.vnc.open(options);
  }

  /** A container whose socket is here runs here, where the kernel can be asked about it. */
  async openActivity(options: Cancellable = {}): Promise<Activity | undefined> {
    if (this.vncWay !== 'socket') return undefined;
    const found = await this.#parts.containers.inspect(this.id, options);
    return found && watchContainer({ id: this.id, pid: found.State.Pid });
  }

  async giveKeys(keysyms: readonly number[], options: Cancellable = {}): Promise<void> {
    await this.exec(['deskhand-keys', ...keysyms.map((keysym) => `0x${keysym.toString(16)}`)], options);
  }

  onEgress(listener: (decision: EgressDecision) => void): void {
    this.#parts.egress.listen(listener);
  }

  async openX(options: Cancellable = {}): Promise<Duplex> {
    return new ExecDuplex(await this.#parts.exec.open(['socat', '-', `UNIX-CONNECT:${X_SOCKET}`], options));
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return await this.#parts.exec.run(argv, options);
  }

  async openProgram(argv: readonly string[], options: Cancellable = {}): Promise<Duplex> {
    return new ExecDuplex(await this.#parts.exec.open(argv, options));
  }

  async writeFiles(files: readonly SandboxFile[], options: Cancellable = {}): Promise<void> {
    await writeFiles(async (...call) => await this.exec(...call), files, options);
  }

  async readFile(path: string, options: Cancellable = {}): Promise<Buffer> {
    return await readFile(async (...call) => await this.exec(...call), path, options);
  }

  async condition(options: Cancellable = {}): Promise<SandboxCondition> {
    const found = await this.#parts.containers.inspect(this.id, options);
    const { Running = false, Paused = false, StartedAt = '' } = found?.State ?? {};
    if (!Running) return { state: 'ended', startedAt: StartedAt };
    return { state: Paused ? 'paused' : 'running', startedAt: StartedAt };
  }

  async pause(options: Cancellable = {}): Promise<void> {
    await this.#parts.containers.setPaused(this.id, true, options);
  }

  async unpause(options: Cancellable = {}): Promise<void> {
    await this.#parts.containers.setPaused(this.id, false, options);
  }

  async logs({ lines = LOG_LINES, signal }: Cancellable & { readonly lines?: number } = {}): Promise<string> {
    return await this.#parts.containers.logs(this.id, lines, { signal });
  }

  /** Lets go of the sandbox and leaves it running. */
  detach(): void {
    this.#life.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.detach();
    this.#disposal ??= this.#release();
    await this.#disposal;
  }

  /** What could not be removed may be removed later: the engine may come back. */
  async #release(): Promise<void> {
    try {
      await this.#parts.release();
    } catch (error) {
      this.#disposal = undefined;
      throw error;
    }
  }

  async #watch(): Promise<SandboxExit> {
    const { containers } = this.#parts;
    const { signal } = this.#life;
    for (;;) {
      try {
        await containers.waitForExit(this.id, { signal });
        return await this.#unlessLeft(await this.#describeEnd());
      } catch {
        // The engine ended or was restarted: it may come back with the sandbox alive.
        await delay(SECOND_LOOK_MS, undefined, { signal }).catch(() => {});
        const end = signal.aborted ? undefined : await this.#lookAgain();
        if (end || signal.aborted) return await this.#unlessLeft(end);
      }
    }
  }

  /** Undefined while the sandbox runs. */
  async #lookAgain(): Promise<SandboxExit | undefined> {
    try {
      const found = await this.#parts.containers.inspect(this.id);
      return found?.State.Running ? undefined : await this.#describeEnd();
    } catch (error) {
      return { exitCode: undefined, outOfMemory: false, log: toMessage(error) };
    }
  }

  async #describeEnd(): Promise<SandboxExit> {
    const { containers } = this.#parts;
    const found = await containers.inspect(this.id);
    if (!found) return { exitCode: undefined, outOfMemory: false, log: 'Somebody removed the container.' };
    const { ExitCode: exitCode, OOMKilled: outOfMemory } = found.State;
    const log = await containers.logs(this.id, LOG_LINES).catch(toMessage);
    return { exitCode, outOfMemory, log };
  }

  /** After detach or disposal nobody is told any more. */
  async #unlessLeft(end: SandboxExit | undefined): Promise<SandboxExit> {
    if (this.#life.signal.aborted || !end) return await new Promise<never>(() => {});
    return end;
  }
}
