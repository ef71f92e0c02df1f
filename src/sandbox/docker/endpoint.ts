import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { currentContextName, readContext, readTls } from './context-store.ts';
import type { TlsMaterial } from './context-store.ts';
import { notFound } from './engine-errors.ts';

/** Where an engine is, and who said so. */
export type EngineEndpoint = { readonly source: string; readonly url: string } & (
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly tls: TlsMaterial | undefined;
    }
);

export interface EndpointOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
  /** The system's socket. Default /var/run/docker.sock. */
  readonly systemSocket?: string;
}

/**
 * Finds the engine as the docker client does: DOCKER_HOST, then DOCKER_CONTEXT, then the context in use, then
 * the system's socket; and where that is absent, the sockets of a rootless engine and of Docker Desktop.
 * More than one place is returned only in the last case, best first.
 * @throws InputError when what the user set cannot be used
 * @throws EngineError engine-not-found
 */
export async function findEndpoints(options: EndpointOptions = {}): Promise<readonly EngineEndpoint[]> {
  const { env = process.env, home = homedir() } = options;
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker');
  if (env['DOCKER_HOST']) return [await fromDockerHost(env['DOCKER_HOST'], folder, env)];
  const context = env['DOCKER_CONTEXT'] || (await currentContextName(folder));
  if (context !== undefined && context !== '' && context !== 'default') {
    const { host, tls } = await readContext(folder, context);
    return [parseEndpoint(host, `the docker context "${context}"`, tls)];
  }
  return localSockets(options, env, home);
}

async function fromDockerHost(
  url: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<EngineEndpoint> {
  const isVerified = Boolean(env['DOCKER_TLS_VERIFY']);
  const wantsTls = isVerified || Boolean(env['DOCKER_TLS']);
  const certificates = env['DOCKER_CERT_PATH'] || folder;
  const found = await readTls(certificates, isVerified);
  if (env['DOCKER_CERT_PATH'] && !(found?.ca && found.cert && found.key)) {
    throw new InputError('invalid-environment', `DOCKER_CERT_PATH lacks certificates: ${certificates}`, {
      hint: 'It holds ca.pem, cert.pem and key.pem, or is not set.',
    });
  }
  return parseEndpoint(url, 'DOCKER_HOST', wantsTls ? (found ?? { isVerified }) : undefined);
}

/** Reads a URL as DOCKER_HOST holds it: unix:///path, tcp://host:port, or host:port. */
export function parseEndpoint(text: string, source: string, tls: TlsMaterial | undefined): EngineEndpoint {
  const url = text.includes('://') ? text : `tcp://${text}`;
  const [scheme = '', rest = ''] = url.split('://', 2);
  if (scheme === 'unix' && rest.startsWith('/')) return { kind: 'unix', source, url, path: rest };
  if (['tcp', 'http', 'https'].includes(scheme)) return parseTcp(url, source, scheme, tls);
  throw new InputError(
    'invalid-environment',
    `${source} names an engine that cannot be reached from here: ${text}`,
    {
      hint:
        scheme === 'ssh'
          ? `Forward its socket, and use that: ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock ${rest} & export DOCKER_HOST=unix:///tmp/engine.sock`
          : 'Use unix:///path/to/docker.sock or tcp://host:port.',
    },
  );
}

function parseTcp(url: string, source: string, scheme: string, tls: TlsMaterial | undefined): EngineEndpoint {
  const parsed = URL.parse(url.replace(/^(tcp|https):/, 'http:'));
  if (!parsed?.hostname) {
    throw new InputError('invalid-environment', `${source} is not the address of an engine: ${url}`, {
      hint: 'Use unix:///path/to/docker.sock or tcp://host:port.',
    });
  }
  const secured = tls ?? (scheme === 'https' ? { isVerified: true } : undefined);
  const port = Number(parsed.port) || (secured ? 2376 : 2375);
  return { kind: 'tcp', source, url, host: parsed.hostname, port, tls: secured };
}

async function localSockets(
  options: EndpointOptions,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<readonly EngineEndpoint[]> {
  const system = options.systemSocket ?? '/var/run/docker.sock';
  const runtime = env['XDG_RUNTIME_DIR'];
  const candidates: EngineEndpoint[] = [
    unix(system, 'the default socket'),
    ...(runtime ? [unix(join(runtime, 'docker.sock'), 'the rootless socket')] : []),
    unix(join(home, '.docker', 'run', 'docker.sock'), 'the socket in the home folder'),
    unix(join(home, '.docker', 'desktop', 'docker.sock'), 'the socket of Docker Desktop'),
  ];
  const isPresent = await Promise.all(candidates.map(async ({ url }) => await isThere(url)));
  const present = candidates.filter((_, index) => isPresent[index]);
  if (present.length === 0) throw notFound(undefined, { endpoint: system });
  return present;
}

function unix(path: string, source: string): EngineEndpoint {
  return { kind: 'unix', source, url: `unix://${path}`, path };
}

async function isThere(url: string): Promise<boolean> {
  return await access(url.slice('unix://'.length)).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  );
}
