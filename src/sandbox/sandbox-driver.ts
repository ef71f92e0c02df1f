import type { Duplex } from 'node:stream';
import type { Activity } from '../util/activity.ts';
import type { Size } from '../util/geometry.ts';
import type { OwnerState } from '../util/process-owner.ts';
import type { EgressDecision } from './egress/egress-decision.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export type NetworkMode = 'none' | 'full';

export interface SandboxSpec {
  readonly runId: string;
  /** Image reference; the driver's default when absent. */
  readonly image?: string;
  /** Size of the display as the model is told it, px. */
  readonly display: Size;
  /** Size of the real screen, px, where it is another. */
  readonly screen?: Size;
  /** `full`: every public address, through the proxy that the listed ones go through. */
  readonly network: NetworkMode;
  /** What can be reached where the network is `none`: `example.com`, `*.example.com`, `example.com:8443`, an address. */
  readonly allowDomains?: readonly string[];
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pidsLimit: number;
  /** One of the engine's runtimes, such as `runsc`; its default when absent. */
  readonly runtime?: string;
  /** What the desktop's clock says when it starts, ISO 8601; absent: the time that it is. */
  readonly clock?: string;
  /** The reaper may remove the sandbox when it is older than this, ms. */
  readonly expiresInMs: number;
  /** Nobody owns it: it outlives this process and only its expiry lets the reaper take it. Default false. */
  readonly isKept?: boolean;
}

/** What a sandbox can reach. */
export type WayOut = Pick<SandboxSpec, 'network' | 'allowDomains'>;

export interface AdoptOptions extends Cancellable {
  /** That with which it was made, to be opened again: it ended with the process that carried it. Default: none. */
  readonly wayOut?: WayOut | undefined;
}

/** Names of what a desktop reports while it starts, in order. */
export type StartPhase = 'created' | 'started' | 'xvnc' | 'window-manager' | 'panel' | 'desktop';

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface ExecOptions extends Cancellable {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** The command is killed and SandboxError exec-failed thrown after this. Default 60,000 ms. */
  readonly timeoutMs?: number;
}

export interface SandboxFile {
  /** Absolute path in the sandbox; folders above it are made, owned by the desktop's user. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. Default 0o644. */
  readonly mode?: number;
}

export interface SandboxExit {
  readonly exitCode: number | undefined;
  readonly outOfMemory: boolean;
  /** Last lines of the container's output. */
  readonly log: string;
}

/** What a sandbox does, as its driver knows it without asking the desktop. */
export interface SandboxCondition {
  readonly state: 'running' | 'paused' | 'ended';
  /** When its present life began; another value means that it was started anew. */
  readonly startedAt: string;
}

/** A running desktop. Disposing it removes everything that it owns. */
export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
  readonly image: { readonly reference: string; readonly id: string };
  /** ms from the create request to each phase. */
  readonly phases: Readonly<Partial<Record<StartPhase, number>>>;
  /** Whether its screen has been seen drawn and at rest before. Absent: nobody has looked. */
  readonly isDrawn?: boolean;
  /** A new stream to the sandbox's VNC server. @throws SandboxError */
  openVnc(options?: Cancellable): Promise<Duplex>;
  /**
   * What the sandbox's processes do. Absent, or without a result, where that cannot be seen from here: an engine on
   * another host. @throws EngineError
   */
  openActivity?(options?: Cancellable): Promise<Activity | undefined>;
  /**
   * Gives X keysyms keys of the desktop's keyboard, as far as there are spare ones; without effect in an image that
   * cannot. @throws SandboxError, EngineError
   */
  giveKeys?(keysyms: readonly number[], options?: Cancellable): Promise<void>;
  /** A new stream to the sandbox's X server, to ask it what is in front. @throws SandboxError */
  openX(options?: Cancellable): Promise<Duplex>;
  /** Runs a program as the desktop's user, on the desktop. @throws SandboxError exec-failed when it cannot be run */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Starts a program as the desktop's user and hands over its stdin and stdout; it ends when the stream is closed. */
  openProgram(argv: readonly string[], options?: Cancellable): Promise<Duplex>;
  writeFiles(files: readonly SandboxFile[], options?: Cancellable): Promise<void>;
  /** @throws SandboxError copy-failed when there is no such file */
  readFile(path: string, options?: Cancellable): Promise<Buffer>;
  condition(options?: Cancellable): Promise<SandboxCondition>;
  /** Freezes every process: the desktop keeps its memory and uses no processor. Twice is no error. */
  pause(options?: Cancellable): Promise<void>;
  /** Lets a paused desktop go on; one that is not paused stays as it is. */
  unpause(options?: Cancellable): Promise<void>;
  /** Last `lines` lines of the desktop's own output. */
  logs(options?: Cancellable & { readonly lines?: number }): Promise<string>;
  /** Tells of every request to leave the sandbox, those of before too. */
  onEgress(listener: (decision: EgressDecision) => void): void;
  /** Resolves when the sandbox ends by itself. Never rejects; never resolves for a removal that we asked for. */
  readonly died: Promise<SandboxExit>;
}

export interface SandboxSummary {
  readonly id: string;
  readonly name: string;
  readonly runId: string;
  readonly state: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly image: string;
  /** Whether the process that made it still runs on this host; `none`: it is kept until it expires. */
  readonly owner: OwnerState;
}

/** The run id in the labels of a pool's desktops, leased or not: labels cannot be changed afterwards. */
export const POOL_RUN_ID = 'pool';

export interface SandboxDriver extends AsyncDisposable {
  readonly name: string;
  /** Starts a sandbox; resolves when the desktop reports that its panel is there. Leaves nothing behind on failure. */
  create(
    spec: SandboxSpec,
    options?: Cancellable & { readonly onPhase?: (phase: StartPhase, atMs: number) => void },
  ): Promise<Sandbox>;
  list(options?: Cancellable): Promise<readonly SandboxSummary[]>;
  /** Attaches to a sandbox that runs already. Disposing it removes the sandbox. @throws SandboxError sandbox-not-found */
  attach(idOrName: string, options?: Cancellable): Promise<Sandbox>;
  /**
   * Attaches to a sandbox whose owner is gone and becomes its owner: no reaper takes it any more, and disposing the
   * driver removes it. A paused one goes on.
   * @throws SandboxError sandbox-not-found | sandbox-in-use
   */
  adopt(idOrName: string, options?: AdoptOptions): Promise<Sandbox>;
  remove(idOrName: string, options?: Cancellable): Promise<void>;
  /**
   * Removes what no living owner holds: owner gone, or expired. Returns what was removed. `graceMs`: what a gone owner
   * held stays for so long after this was first noticed, for who wants to resume its run. Default 0.
   */
  prune(options?: Cancellable & { readonly graceMs?: number }): Promise<readonly SandboxSummary[]>;
}
