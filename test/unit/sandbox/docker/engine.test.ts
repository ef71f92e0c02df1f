import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, EngineError } from '../../../../src/errors.ts';
import { connectEngine } from '../../../../src/sandbox/docker/engine.ts';
import type { Engine } from '../../../../src/sandbox/docker/engine.ts';

let folder: string;
let servers: Server[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-engine-'));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) stop(server);
  await rm(folder, { recursive: true });
});

const answer: RequestListener = (request, response) => {
  if (request.url?.endsWith('/_ping')) response.end('OK');
};

async function serve(name: string, listener: RequestListener = answer): Promise<Server> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(join(folder, name), resolve);
  });
  return server;
}

async function serveTcp(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}

const unix = (name: string): { env: Record<string, string> } => ({
  env: { DOCKER_HOST: `unix://${join(folder, name)}` },
});

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('connectEngine', () => {
  it('connects over a socket', async () => {
    await serve('engine.sock');
    const engine = await connectEngine(unix('engine.sock'));
    expect(engine.endpoint.url).toBe(`unix://${folder}/engine.sock`);
  });

  it('connects over TCP', async () => {
    const { port } = await serveTcp();
    const engine = await connectEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
    expect(engine.endpoint).toMatchObject({ kind: 'tcp', host: '127.0.0.1', port });
  });

  it('takes the next socket when nobody answers at the default one', async () => {
    await serve('system.sock', (request) => request.socket.destroy());
    await serve('docker.sock');
    const engine = await connectEngine({
      env: { XDG_RUNTIME_DIR: folder },
      home: folder,
      systemSocket: join(folder, 'system.sock'),
    });
    expect(engine.endpoint.source).toBe('the rootless socket');
  });

  it('says that no engine is there', async () => {
    const failure = await failureOf(connectEngine(unix('nothing.sock')));
    expect(failure).toBeInstanceOf(EngineError);
    expect(failure).toMatchObject({
      code: 'engine-not-found',
      message: `There is no container engine at unix://${folder}/nothing.sock.`,
    });
  });

  it('says that nothing listens', async () => {
    const { server, port } = await serveTcp();
    stop(server);
    const failure = await failureOf(connectEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } }));
    expect(failure).toMatchObject({ code: 'engine-unreachable', retryable: true });
  });

  it('does not wait for an engine that hangs', async () => {
    await serve('hanging.sock', () => {});
    const failure = await failureOf(connectEngine({ ...unix('hanging.sock'), timeoutMs: 50 }));
    expect(failure).toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining('gave no answer within 50 ms'),
    });
  });

  it('stops waiting when it is told to', async () => {
    const stopper = new AbortController();
    await serve('hanging.sock', () => stopper.abort());
    const failure = await failureOf(connectEngine({ ...unix('hanging.sock'), signal: stopper.signal }));
    expect(failure).toBeInstanceOf(CancelledError);
  });
});

describe('Engine.call', () => {
  const list = async (engine: Engine): Promise<unknown> =>
    await engine.call('listing containers', async (docker) => await docker.listContainers());

  async function connectTo(listener: RequestListener): Promise<{ engine: Engine; server: Server }> {
    const server = await serve('engine.sock', listener);
    return { server, engine: await connectEngine(unix('engine.sock')) };
  }

  it('tells what the engine refused, in its own words', async () => {
    const { engine } = await connectTo((request, response) => {
      if (request.url?.endsWith('/_ping')) response.end('OK');
      else response.writeHead(500).end(JSON.stringify({ message: 'the wheel has come off' }));
    });
    expect(await failureOf(list(engine))).toMatchObject({
      code: 'engine-fault',
      message: 'The engine refused listing containers: the wheel has come off',
      details: { statusCode: 500 },
    });
  });

  it('recognises a full disk', async () => {
    const { engine } = await connectTo((request, response) => {
      if (request.url?.endsWith('/_ping')) response.end('OK');
      else response.writeHead(500).end(JSON.stringify({ message: 'mkdir /x: no space left on device' }));
    });
    expect(await failureOf(list(engine))).toMatchObject({ name: 'ImageError', code: 'disk-full' });
  });

  it('says that the engine is lost when it ends in the middle of an answer', async () => {
    const { engine } = await connectTo((request, response) => {
      if (request.url?.endsWith('/_ping')) response.end('OK');
      else request.socket.destroy();
    });
    expect(await failureOf(list(engine))).toMatchObject({ code: 'engine-unreachable', retryable: true });
  });

  it('says that the engine is lost when its socket has gone since', async () => {
    const { engine, server } = await connectTo(answer);
    stop(server);
    expect(await failureOf(list(engine))).toMatchObject({ code: 'engine-unreachable' });
  });
});
