import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError, InputError } from '../../../../src/errors.ts';
import { findEndpoints, parseEndpoint } from '../../../../src/sandbox/docker/endpoint.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'deskhand-home-'));
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

async function put(path: string, content: string | object): Promise<void> {
  const full = join(home, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, typeof content === 'string' ? content : JSON.stringify(content));
}

async function putContext(name: string, host: string, files: readonly string[] = []): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  await put(`.docker/contexts/meta/${id}/meta.json`, meta);
  for (const file of files) await put(`.docker/contexts/tls/${id}/docker/${file}`, `PEM of ${file}`);
}

const find = async (env: Record<string, string>): ReturnType<typeof findEndpoints> =>
  await findEndpoints({ env, home, systemSocket: join(home, 'system.sock') });

describe('findEndpoints', () => {
  it('takes DOCKER_HOST before a context', async () => {
    await putContext('far', 'tcp://10.0.0.1:2375');
    expect(await find({ DOCKER_HOST: 'unix:///a/b.sock', DOCKER_CONTEXT: 'far' })).toEqual([
      { kind: 'unix', source: 'DOCKER_HOST', url: 'unix:///a/b.sock', path: '/a/b.sock' },
    ]);
  });

  it('takes DOCKER_CONTEXT before the context in use', async () => {
    await putContext('near', 'unix:///near.sock');
    await putContext('far', 'tcp://10.0.0.1:2376', ['ca.pem', 'cert.pem', 'key.pem']);
    await put('.docker/config.json', { currentContext: 'near', auths: {} });
    expect(await find({ DOCKER_CONTEXT: 'far' })).toEqual([
      {
        kind: 'tcp',
        source: 'the docker context "far"',
        url: 'tcp://10.0.0.1:2376',
        host: '10.0.0.1',
        port: 2376,
        tls: { ca: 'PEM of ca.pem', cert: 'PEM of cert.pem', key: 'PEM of key.pem', isVerified: true },
      },
    ]);
    expect(await find({})).toEqual([
      { kind: 'unix', source: 'the docker context "near"', url: 'unix:///near.sock', path: '/near.sock' },
    ]);
  });

  it('looks at the local sockets when the context in use is the default one', async () => {
    await put('.docker/config.json', { currentContext: 'default' });
    await put('system.sock', '');
    await put('run/docker.sock', '');
    await put('.docker/run/docker.sock', '');
    const found = await find({ XDG_RUNTIME_DIR: join(home, 'run') });
    expect(found.map(({ source, url }) => [source, url])).toEqual([
      ['the default socket', `unix://${home}/system.sock`],
      ['the rootless socket', `unix://${home}/run/docker.sock`],
      ['the socket in the home folder', `unix://${home}/.docker/run/docker.sock`],
    ]);
  });

  it('says that there is no engine, and how to get one', async () => {
    const failure = await find({}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineError);
    expect(failure).toMatchObject({
      code: 'engine-not-found',
      hint: expect.stringContaining('Install Docker'),
    });
  });

  it('reads the certificates of DOCKER_CERT_PATH', async () => {
    for (const file of ['ca.pem', 'cert.pem', 'key.pem']) await put(`certificates/${file}`, `PEM of ${file}`);
    const [found] = await find({
      DOCKER_HOST: 'tcp://engine.example:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: join(home, 'certificates'),
    });
    expect(found).toEqual({
      kind: 'tcp',
      source: 'DOCKER_HOST',
      url: 'tcp://engine.example:2376',
      host: 'engine.example',
      port: 2376,
      tls: { ca: 'PEM of ca.pem', cert: 'PEM of cert.pem', key: 'PEM of key.pem', isVerified: true },
    });
  });

  it.each([
    ['a context that is not there', { DOCKER_CONTEXT: 'nowhere' }, 'no Docker context "nowhere"'],
    ['a scheme of nobody', { DOCKER_HOST: 'ftp://engine' }, 'cannot be reached from here: ftp://engine'],
    ['ssh, which has no use for a forwarded stream', { DOCKER_HOST: 'ssh://me@host' }, 'ssh://me@host'],
    ['no host', { DOCKER_HOST: 'tcp://' }, 'not the address of an engine'],
    [
      'certificates that are not there',
      { DOCKER_HOST: 'tcp://h', DOCKER_CERT_PATH: '/nowhere' },
      'lacks certificates',
    ],
  ])('refuses %s', async (_name, env, message) => {
    const failure = await find(env as Record<string, string>).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure).toMatchObject({ message: expect.stringContaining(message), hint: expect.any(String) });
  });

  it('says which file of the docker client it cannot read', async () => {
    await put('.docker/config.json', '{');
    await expect(find({})).rejects.toThrow(
      `${home}/.docker/config.json is not what the docker client writes.`,
    );
  });
});

describe('parseEndpoint', () => {
  it.each([
    ['engine:1234', { host: 'engine', port: 1234, tls: undefined }],
    ['tcp://engine', { host: 'engine', port: 2375, tls: undefined }],
    ['https://engine', { host: 'engine', port: 2376, tls: { isVerified: true } }],
    ['tcp://[::1]:2375', { host: '[::1]', port: 2375, tls: undefined }],
  ])('reads %s', (text, expected) => {
    expect(parseEndpoint(text, 'DOCKER_HOST', undefined)).toMatchObject(expected);
  });
});
