import { chmod, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MountSettings } from 'dockerode';
import { InputError, SandboxError } from '../../errors.ts';
import type { EgressLog } from '../egress/egress-log.ts';
import { createEgressProxy, type EgressProxyOptions } from '../egress/egress-proxy.ts';
import { type EgressPolicy, parseEgressRule } from '../egress/egress-rules.ts';
import type { ExecOptions, ExecResult, WayOut } from '../sandbox-driver.ts';
import type { VncFolder } from './vnc-folder.ts';

/** What a container needs so that it has a way out. */
export interface EgressSettings {
  readonly mounts: readonly MountSettings[];
  readonly env: readonly string[];
}

/** The way out of one sandbox: a proxy in this process, and a relay to it in the container. */
export interface EgressRoute extends AsyncDisposable {
  readonly settings: EgressSettings;
}

const FOLDER_INSIDE = '/egress';
const SOCKET_NAME = 'proxy.sock';
const PORT = 3128;
const PROXY_URL = `http://127.0.0.1:${PORT}`;
const HERE = '127.0.0.1,localhost,::1';

export const noEgress: EgressSettings = { mounts: [], env: [] };

/** Undefined: the sandbox has no network. @throws InputError when a name on the list is none */
export function toEgressPolicy({ network, allowDomains = [] }: WayOut): EgressPolicy | undefined {
  if (network === 'full') return { mode: 'public' };
  if (allowDomains.length === 0) return undefined;
  const rules = allowDomains.map((text) => {
    const rule = parseEgressRule(text);
    if (rule !== undefined) return rule;
    throw new InputError('invalid-option', `"${text}" is no name that a sandbox can be allowed to reach.`, {
      hint: 'Say example.com, *.example.com, example.com:8443 or an address.',
    });
  });
  return { mode: 'listed', rules };
}

/**
 * Listens beside the folder of the VNC socket. The container sees the socket in a folder that it cannot write to: it can
 * neither replace it nor fill the host's disk.
 */
export async function openEgressRoute(
  folder: Pick<VncFolder, 'path'> | undefined,
  policy: EgressPolicy,
  options: Pick<EgressProxyOptions, 'resolve' | 'dial'> & { readonly log: EgressLog },
): Promise<EgressRoute> {
  if (folder === undefined) {
    throw new InputError('invalid-option', 'A network needs a folder that is shared with the sandbox.', {
      hint: 'Run deskhand on the host of the engine, with --vnc auto or socket, or use --network none.',
    });
  }
  const { log, resolve, dial } = options;
  const path = join(dirname(folder.path), 'egress');
  await mkdir(path, { recursive: true, mode: 0o755 });
  // That of a process that was killed.
  await rm(join(path, SOCKET_NAME), { force: true });
  await using resources = new AsyncDisposableStack();
  const proxy = resources.use(
    createEgressProxy({ policy, resolve, dial, onDecision: (decision) => log.add(decision) }),
  );
  // A socket's path has 107 bytes at most; that of a folder's descriptor is short.
  const handle = await open(path);
  try {
    await proxy.listen(`/proc/self/fd/${handle.fd}/${SOCKET_NAME}`);
  } finally {
    await handle.close();
  }
  await chmod(join(path, SOCKET_NAME), 0o666);
  const owned = resources.move();
  return {
    settings: {
      mounts: [{ Type: 'bind', Source: path, Target: FOLDER_INSIDE, ReadOnly: true }],
      env: toEnvironment(),
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

/** Programs know these names in lower or in upper case. */
function toEnvironment(): readonly string[] {
  const variables = { http_proxy: PROXY_URL, https_proxy: PROXY_URL, no_proxy: HERE };
  return Object.entries(variables).flatMap(([name, value]) => [
    `${name}=${value}`,
    `${name.toUpperCase()}=${value}`,
  ]);
}

/** Returns once the relay listens; socat has the port before it goes to the background. */
const relayScript = `setsid -f socat TCP-LISTEN:${PORT},bind=127.0.0.1,reuseaddr,fork,max-children=128 \
UNIX-CONNECT:${FOLDER_INSIDE}/${SOCKET_NAME} </dev/null >/dev/null 2>&1
tries=200
until grep -q ' 0100007F:0C38 00000000:0000 0A ' /proc/net/tcp; do
  [ $((tries -= 1)) -gt 0 ] || exit 1
  sleep 0.02
done`;

type Run = (argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;

/** Starts what stands on 127.0.0.1:3128 in the container. */
export async function startRelay(run: Run, options: Pick<ExecOptions, 'signal'>): Promise<void> {
  const { exitCode, stderr } = await run(['sh', '-c', relayScript], options);
  if (exitCode === 0) return;
  throw new SandboxError(
    'sandbox-start-failed',
    `The sandbox's way out could not be opened: ${stderr.toString()}`,
  );
}
