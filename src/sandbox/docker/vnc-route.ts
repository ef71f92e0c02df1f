import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import type { MountSettings } from 'dockerode';
import { SandboxError } from '../../errors.ts';
import type { Engine } from './engine.ts';
import type { EngineFacts } from './engine-facts.ts';
import { ExecClient } from './exec-client.ts';
import { ExecDuplex } from './exec-duplex.ts';
import type { VncFolder } from './vnc-folder.ts';
import { checkInside, connectInside } from './vnc-socket.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** `socket`: a folder shared with the container. `exec`: the engine carries the stream, wherever it is. */
export type VncWay = 'socket' | 'exec';

/** Opens streams to the VNC server of one container. */
export interface VncRoute {
  readonly way: VncWay;
  /** Whether a stream can be had, without having one. @throws SandboxError */
  check(): Promise<void>;
  /** @throws SandboxError, EngineError, CancelledError */
  open(options?: Cancellable): Promise<Duplex>;
}

/** What a container needs so that its VNC server can be reached. */
export interface VncSettings {
  readonly mounts: readonly MountSettings[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly socketMode: string;
}

const FOLDER_INSIDE = '/vnc';
const SOCKET_NAME = 'rfb.sock';
export const socketInside = `${FOLDER_INSIDE}/${SOCKET_NAME}`;

export function toVncSettings(folder: VncFolder | undefined): VncSettings {
  if (!folder) {
    const options = 'rw,nosuid,nodev,noexec,size=1m,mode=0700,uid=1000,gid=1000';
    return { mounts: [], tmpfs: { [FOLDER_INSIDE]: options }, socketMode: '0600' };
  }
  const mount: MountSettings = { Type: 'bind', Source: folder.path, Target: FOLDER_INSIDE };
  return { mounts: [mount], tmpfs: {}, socketMode: folder.socketMode };
}

export function socketRoute(folder: string): VncRoute {
  return {
    way: 'socket',
    check: async () => await checkInside(folder, SOCKET_NAME),
    open: async (options) => await connectInside(folder, SOCKET_NAME, options),
  };
}

export function execRoute(engine: Engine, container: string): VncRoute {
  const exec = new ExecClient(engine, container);
  return {
    way: 'exec',
    check: async () => {},
    open: async (options) =>
      new ExecDuplex(await exec.open(['socat', '-', `UNIX-CONNECT:${socketInside}`], options)),
  };
}

/**
 * The socket where it works, else the engine: `sandbox-not-ready` says that the folder is not shared with the
 * container after all. A socket that was tampered with is never got around.
 */
export async function firstThatWorks(first: VncRoute, second: VncRoute): Promise<VncRoute> {
  try {
    await first.check();
    return first;
  } catch (error) {
    if (error instanceof SandboxError && error.code === 'sandbox-not-ready') return second;
    throw error;
  }
}

interface Host {
  readonly platform: string;
  readonly name: string;
}

/** Whether an engine runs on this very machine, and not in a virtual one of it. */
export function isOnThisHost(
  engine: Pick<EngineFacts, 'endpoint' | 'hostName'>,
  host: Host = { platform: process.platform, name: hostname() },
): boolean {
  return host.platform === 'linux' && engine.endpoint.startsWith('unix://') && engine.hostName === host.name;
}

/** A folder of this host is of use only to an engine that runs on this host, and as itself. */
export function chooseVncWay(
  engine: Pick<EngineFacts, 'endpoint' | 'hostName' | 'isRootless' | 'security'>,
  host?: Host,
): VncWay {
  const isOpen = !engine.isRootless && !engine.security.includes('selinux');
  return isOnThisHost(engine, host) && isOpen ? 'socket' : 'exec';
}
