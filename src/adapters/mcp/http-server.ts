import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { InputError, toDeskhandError, toMessage } from '../../errors.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import { createHttpGuard, type HttpGuard, type HttpGuardOptions, refuse } from './http-guard.ts';
import { McpDesktops, type McpDesktopsOptions } from './mcp-desktops.ts';

export interface McpHttpOptions extends McpDesktopsOptions, HttpGuardOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Sessions at once; a further client is told to come back later. */
  readonly maxClients: number;
}

const PATH = '/mcp';
const SESSION_HEADER = 'mcp-session-id';

/** One client's session. It ends when the client says so, or when it holds no connection for the idle time. */
interface ClientSession {
  readonly transport: NodeStreamableHTTPServerTransport;
  openRequests: number;
  idle?: AbortController;
}

/** Serves MCP by streamable HTTP with sessions; each session has a desktop of its own. */
export class McpHttpServer implements AsyncDisposable {
  readonly #options: McpHttpOptions;
  readonly #guard: HttpGuard;
  readonly #desktops: McpDesktops;
  readonly #clock: Clock;
  readonly #http: Server;
  readonly #sessions = new Map<string, ClientSession>();
  readonly #opening = new Set<NodeStreamableHTTPServerTransport>();

  constructor(options: McpHttpOptions) {
    this.#options = options;
    this.#guard = createHttpGuard(options);
    this.#desktops = new McpDesktops(options);
    this.#clock = options.clock ?? systemClock;
    this.#http = createServer((request, response) => void this.#serve(request, response));
  }

  /** Where clients connect to. */
  get url(): string {
    const address = this.#http.address();
    const port = typeof address === 'object' && address !== null ? address.port : this.#options.port;
    const { host } = this.#options;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}${PATH}`;
  }

  /** @throws InputError when the address cannot be listened on */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#http.once('error', reject).listen(port, host, resolve);
    try {
      await promise;
    } catch (error) {
      const message = `Cannot listen on ${host}:${port}: ${toMessage(error)}`;
      throw new InputError('invalid-option', message, { cause: error, hint: 'Choose another --http port.' });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
    this.#http.closeAllConnections();
    await this.#desktops[Symbol.asyncDispose]();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!this.#guard(request, response)) return;
      if (new URL(request.url ?? '/', 'http://localhost').pathname !== PATH) {
        refuse(response, 404, `There is nothing here; MCP is at ${PATH}.`);
        return;
      }
      await this.#route(request, response);
    } catch (thrown) {
      this.#options.onError?.(toDeskhandError(thrown));
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'The server failed on this request.');
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = request.headers[SESSION_HEADER];
    if (id === undefined) {
      await this.#open(request, response);
      return;
    }
    const session = this.#sessions.get(String(id));
    if (session === undefined) {
      refuse(response, 404, 'There is no such session (any more). Initialize a new one.');
      return;
    }
    this.#attend(session, response);
    await session.transport.handleRequest(request, response);
  }

  /** A request without a session may open one; the transport refuses whatever is not `initialize`. */
  async #open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { maxClients } = this.#options;
    if (this.#sessions.size + this.#opening.size >= maxClients) {
      refuse(response, 503, `All ${maxClients} sessions are taken.`, { 'retry-after': '60' });
      return;
    }
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        this.#opening.delete(transport);
        this.#sessions.set(id, session);
      },
    });
    const session: ClientSession = { transport, openRequests: 0 };
    this.#opening.add(transport);
    const server = this.#desktops.createServer({ onClosed: () => this.#forget(session) });
    try {
      await server.connect(transport);
      this.#attend(session, response);
      await transport.handleRequest(request, response);
      if (transport.sessionId === undefined) await server.close();
    } finally {
      this.#opening.delete(transport);
    }
  }

  #forget(session: ClientSession): void {
    session.idle?.abort();
    const { sessionId } = session.transport;
    if (sessionId !== undefined) this.#sessions.delete(sessionId);
  }

  /** Counts the connections of a session: with the last one, its time begins to run out. */
  #attend(session: ClientSession, response: ServerResponse): void {
    session.openRequests++;
    session.idle?.abort();
    response.once('close', () => {
      session.openRequests--;
      if (session.openRequests === 0) this.#watchIdle(session);
    });
  }

  #watchIdle(session: ClientSession): void {
    const { sessionId } = session.transport;
    if (sessionId === undefined || !this.#sessions.has(sessionId)) return;
    const idle = new AbortController();
    session.idle = idle;
    const { idleMs, onError } = this.#options;
    this.#clock.sleep(idleMs, { signal: idle.signal }).then(
      () => session.transport.close().catch((error: unknown) => onError?.(toDeskhandError(error))),
      () => undefined,
    );
  }
}

/**
 * Listens; ends with `await using`, which removes every desktop.
 * @throws InputError when the address cannot be used, or not without a token
 */
export async function serveMcpHttp(options: McpHttpOptions): Promise<McpHttpServer> {
  const server = new McpHttpServer(options);
  await server.listen();
  return server;
}
