import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decideEgress, type EgressDecision, type Resolve, type Verdict } from './egress-decision.ts';
import type { EgressPolicy } from './egress-rules.ts';
import { type EgressTarget, parseAuthority } from './egress-target.ts';
import { forwardHeaders } from './forward-headers.ts';
import { openTunnel } from './tunnel.ts';

/** Opens a connection to an address. Rejects when it cannot be had. */
export type Dial = (address: string, port: number) => Promise<Duplex>;

export interface EgressProxyOptions {
  readonly policy: EgressPolicy;
  readonly onDecision: (decision: EgressDecision) => void;
  /** Default: this host's resolver. */
  readonly resolve?: Resolve | undefined;
  /** Default: TCP. */
  readonly dial?: Dial | undefined;
}

/** An HTTP proxy that a sandbox's only way out leads to. */
export interface EgressProxy extends AsyncDisposable {
  /** Listens on a Unix socket. */
  listen(path: string): Promise<void>;
}

const DIAL_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;
const WEB_PORTS: readonly number[] = [80, 443];

const resolveHere: Resolve = async (name) =>
  (await lookup(name, { all: true })).map(({ address }) => address);

async function dialTcp(address: string, port: number): Promise<Duplex> {
  const socket = connect({ host: address, port, timeout: DIAL_TIMEOUT_MS });
  return await new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}

/**
 * Takes absolute-form requests (RFC 9112, 3.2.2) and CONNECT. Nothing that the client says of the host but the target
 * itself is passed on, so that a request cannot name one host to the proxy and another to the server.
 */
export function createEgressProxy(options: EgressProxyOptions): EgressProxy {
  const proxy = new Proxy(options);
  const server = createServer(
    { requireHostHeader: false, insecureHTTPParser: false, keepAliveTimeout: 30_000 },
    (request, response) => void proxy.forward(request, response).catch(() => response.destroy()),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    void proxy.connect(request, client, head).catch(() => client.destroy());
  });
  server.on('clientError', (_error, client) => client.destroy());
  server.on('upgrade', (_request, client) => client.destroy());
  const clients = new Set<Duplex>();
  server.on('connection', (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
  });
  return {
    listen: async (path) => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      });
      // A sandbox's way out is no reason for its owner to go on.
      server.unref();
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

class Proxy {
  readonly #policy: EgressPolicy;
  readonly #onDecision: EgressProxyOptions['onDecision'];
  readonly #resolve: Resolve;
  readonly #dial: Dial;

  constructor({ policy, onDecision, resolve = resolveHere, dial = dialTcp }: EgressProxyOptions) {
    this.#policy = policy;
    this.#onDecision = onDecision;
    this.#resolve = resolve;
    this.#dial = dial;
  }

  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request;
    const url = parseTarget(request.url);
    const target = url && parseAuthority(url.host, 80);
    if (url === undefined || target === undefined)
      return deny(response, this.#refuse(method, 'no http:// address'));
    const said = request.headers.host;
    if (said !== undefined && !isSame(target, parseAuthority(said, 80))) {
      return deny(response, this.#refuse(method, 'the Host header names another host', target));
    }
    const upstream = await this.#open(method, target);
    if (typeof upstream === 'string') return deny(response, upstream);
    await exchange({ request, response, upstream, url });
  }

  async connect(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const target = parseAuthority(request.url ?? '');
    if (target === undefined) return denyTunnel(client, this.#refuse('CONNECT', 'no HOST:PORT'));
    const said = request.headers.host;
    if (said !== undefined && !isSame(target, parseAuthority(said, target.port))) {
      return denyTunnel(client, this.#refuse('CONNECT', 'the Host header names another host', target));
    }
    const upstream = await this.#open('CONNECT', target);
    if (typeof upstream === 'string') return denyTunnel(client, upstream);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    // Where hosts are told apart by name, what is said inside has to be meant for the one that was named.
    const expected =
      this.#policy.mode === 'listed' && !target.isAddress && WEB_PORTS.includes(target.port)
        ? target.host
        : undefined;
    const problem = await openTunnel({ client, upstream, head, expected });
    if (problem !== undefined) this.#refuse('CONNECT', problem, target);
  }

  /** @returns the connection, or why there is none */
  async #open(method: string, target: EgressTarget): Promise<Duplex | string> {
    const verdict: Verdict = await decideEgress(target, this.#policy, this.#resolve);
    if (!verdict.isAllowed) return this.#refuse(method, verdict.reason, target);
    const { address } = verdict;
    this.#onDecision({ method, host: target.host, port: target.port, decision: 'allowed', reason: address });
    try {
      return await this.#dial(address, target.port);
    } catch {
      return 'the server cannot be reached';
    }
  }

  #refuse(method: string, reason: string, target?: EgressTarget): string {
    const { host = '?', port = 0 } = target ?? {};
    this.#onDecision({ method, host, port, decision: 'refused', reason });
    return reason;
  }
}

/** Only http: what is encrypted goes through a tunnel. No user name: it would hide the host. */
function parseTarget(text: string | undefined): URL | undefined {
  if (text === undefined || !/^http:\/\/[^/?#@\\\s]+(?:[/?#]|$)/i.test(text) || !URL.canParse(text))
    return undefined;
  return new URL(text);
}

function isSame(target: EgressTarget, other: EgressTarget | undefined): boolean {
  return other?.host === target.host && other.port === target.port;
}

async function exchange(parts: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: Duplex;
  readonly url: URL;
}): Promise<void> {
  const { request, response, upstream, url } = parts;
  const onward = httpRequest({
    createConnection: () => upstream,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...forwardHeaders(request.headers), host: url.host, connection: 'close' },
  });
  response.once('close', () => upstream.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve);
    onward.once('error', reject);
  });
  const sent = pipeline(request, onward);
  try {
    const answer = await answered;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, forwardHeaders(answer.headers));
    await Promise.all([sent, pipeline(answer, response)]);
  } catch {
    await sent.catch(() => {});
    if (response.headersSent) response.destroy();
    else deny(response, 'the server cannot be reached', 502);
  }
}

function deny(response: ServerResponse, reason: string, status = 403): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(`This sandbox may not go there: ${reason}.\n`);
}

function denyTunnel(client: Duplex, reason: string): void {
  client.end(
    `HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\nThis sandbox may not go there: ${reason}.\n`,
  );
}
