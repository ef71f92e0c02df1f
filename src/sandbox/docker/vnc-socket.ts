import { constants, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { SandboxError } from '../../errors.ts';
import { orAborted, throwIfCancelled } from './deadline.ts';

/** open(2) on Linux; Node does not name it. Opens the name itself, whatever it stands for. */
const O_PATH = 0o10000000;
const CONNECT_TIMEOUT_MS = 5_000;

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a socket in a folder that a sandbox may write to. The sandbox may put a link to another socket of this
 * host in its place, so what is connected to is the very file that was looked at: opened without following
 * links, checked, then reached through its descriptor. This also lifts the limit of 107 bytes on the path.
 * @throws SandboxError vnc-refused when it is no socket, sandbox-not-ready when none answers there
 */
export async function connectInside(
  folder: string,
  name: string,
  options: Cancellable = {},
): Promise<Socket> {
  throwIfCancelled(options.signal);
  const handle = await openSocket(folder, name);
  try {
    return await dial(`/proc/self/fd/${handle.fd}`, options);
  } finally {
    await handle.close();
  }
}

/** Looks whether there is a socket to connect to. @throws as connectInside */
export async function checkInside(folder: string, name: string): Promise<void> {
  await (await openSocket(folder, name)).close();
}

async function openSocket(folder: string, name: string): Promise<FileHandle> {
  const path = join(folder, name);
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw new SandboxError('sandbox-not-ready', `The desktop's VNC socket is not at ${path}.`, { cause });
  });
  const stats = await handle.stat();
  if (stats.isSocket()) return handle;
  await handle.close();
  throw new SandboxError(
    'vnc-refused',
    `${path} is not a socket: the sandbox has put something else there.`,
    {
      hint: 'The sandbox tried to reach something outside: remove it and look at what ran in it.',
      details: { path, isSymbolicLink: stats.isSymbolicLink() },
    },
  );
}

async function dial(path: string, options: Cancellable): Promise<Socket> {
  const socket = connect({ path });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const deadline = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    await orAborted(connected, options.signal ? AbortSignal.any([options.signal, deadline]) : deadline);
    return socket;
  } catch (cause) {
    socket.destroy();
    throwIfCancelled(options.signal);
    throw new SandboxError('sandbox-not-ready', "The desktop's VNC socket does not answer.", {
      cause,
      retryable: true,
    });
  }
}
