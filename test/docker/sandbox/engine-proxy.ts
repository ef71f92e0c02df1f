import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { Engine } from '../../../src/sandbox/docker/engine.ts';
import { connectEngine } from '../../../src/sandbox/docker/engine.ts';

export interface ProxyOptions {
  /** A socket to listen on, instead of a TCP port of loopback. */
  readonly path?: string;
  /** Changes what is sent to the engine, and not its length. */
  readonly rewrite?: (text: string) => string;
}

/** The real engine behind another address; it can be cut off, and be made to see other folders. */
export class EngineProxy implements Disposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, url: string) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = url;
  }

  static async to(engine: Engine, options: ProxyOptions = {}): Promise<EngineProxy> {
    const { endpoint } = engine;
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const upstream =
        endpoint.kind === 'unix'
          ? connect({ path: endpoint.path, allowHalfOpen: true })
          : connect({ host: endpoint.host, port: endpoint.port, allowHalfOpen: true });
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => {
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(rewriting(options)).pipe(upstream).pipe(client);
    });
    await new Promise<void>((resolve) => {
      if (options.path === undefined) server.listen(0, '127.0.0.1', resolve);
      else server.listen(options.path, resolve);
    });
    const address = server.address();
    const url = typeof address === 'object' ? `tcp://127.0.0.1:${address?.port}` : `unix://${address}`;
    return new EngineProxy(server, sockets, url);
  }

  async connect(): Promise<Engine> {
    return await connectEngine({ env: { DOCKER_HOST: this.url } });
  }

  /** As if the engine had ended. */
  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.cut();
  }
}

function rewriting({ rewrite }: ProxyOptions): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, rewrite ? Buffer.from(rewrite(chunk.toString('latin1')), 'latin1') : chunk);
    },
  });
}
