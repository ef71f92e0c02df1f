import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { connectEngine } from '../../src/sandbox/docker/engine.ts';
import { createTemporaryFolder } from './cli.ts';

/** What becomes of a request: it is answered so, never, or by the engine after so long, ms. */
export type EngineFault =
  | { readonly status: number; readonly message: string }
  | { readonly hangs: true }
  | { readonly delayMs: number };

export interface FaultyEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly url: string;
}

/** The real engine behind another socket, where requests such as `POST /containers/create` meet a fault. */
export async function createFaultyEngine(
  faultOf: (request: string) => EngineFault | undefined,
): Promise<FaultyEngine> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createTemporaryFolder());
  const { endpoint } = await connectEngine();
  if (endpoint.kind !== 'unix') throw new Error('The faulty engine stands before one on this machine.');
  const { path: socketPath } = endpoint;

  const forward = (incoming: IncomingMessage) =>
    request({ socketPath, path: incoming.url, method: incoming.method, headers: incoming.headers });

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fault = faultOf(toName(incoming));
    if (fault !== undefined && 'hangs' in fault) return;
    if (fault !== undefined && 'status' in fault) {
      incoming.resume();
      response.writeHead(fault.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: fault.message }));
      return;
    }
    if (fault !== undefined) await delay(fault.delayMs);
    const outgoing = forward(incoming);
    outgoing.once('response', (upstream) => {
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      response.flushHeaders();
      upstream.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };

  const upgrade = (incoming: IncomingMessage, client: Duplex, head: Buffer): void => {
    const outgoing = forward(incoming);
    outgoing.once('upgrade', ({ headers }, upstream, first) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      client.write(first);
      upstream.write(head);
      client.pipe(upstream).pipe(client);
      for (const [one, other] of [[client, upstream] as const, [upstream, client] as const])
        one.on('error', () => {}).once('close', () => other.destroy());
    });
    outgoing.on('error', () => client.destroy());
    outgoing.end();
  };

  const server = createServer((incoming, response) => void answer(incoming, response)).on('upgrade', upgrade);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  const path = join(folder.path, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  resources.defer(async () => {
    server.close();
    // Also those that were upgraded, which are the server's no longer.
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  const owned = resources.move();
  return { url: `unix://${path}`, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Method and path without the version of the API. */
function toName({ method = '', url = '' }: IncomingMessage): string {
  return `${method} ${url.replace(/^\/v[\d.]+/, '')}`;
}
