import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EgressDecision } from '../../../../src/sandbox/egress/egress-decision.ts';
import { createEgressProxy, type EgressProxy } from '../../../../src/sandbox/egress/egress-proxy.ts';
import { type EgressPolicy, parseEgressRule } from '../../../../src/sandbox/egress/egress-rules.ts';
import { portOf } from '../../../support/port-of.ts';

/** What the resolver of the test knows. */
const names: Readonly<Record<string, readonly string[]>> = {
  'good.example': ['93.184.215.14'],
  'other.example': ['93.184.215.15'],
  'inside.good.example': ['10.0.0.5'],
  'metadata.good.example': ['169.254.169.254'],
  'both.good.example': ['127.0.0.1', '93.184.215.14'],
};

let folder: string;
let proxy: EgressProxy;
let web: Server;
let decisions: EgressDecision[];
let asked: string[];
let dialled: string[];
let seen: string[];

const listed = (...rules: readonly string[]): EgressPolicy => ({
  mode: 'listed',
  rules: rules.flatMap((rule) => parseEgressRule(rule) ?? []),
});

/** Every address leads to the one server of the test. */
async function openProxy(policy: EgressPolicy): Promise<void> {
  const port = portOf(web);
  proxy = createEgressProxy({
    policy,
    onDecision: (decision) => decisions.push(decision),
    resolve: async (name) => {
      asked.push(name);
      return (await Promise.resolve(names[name])) ?? [];
    },
    dial: async (address, asPort) => {
      dialled.push(`${address}:${asPort}`);
      const socket = connect({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      return socket;
    },
  });
  await proxy.listen(join(folder, 'proxy.sock'));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-egress-'));
  [decisions, asked, dialled, seen] = [[], [], [], []];
  web = createHttpServer((request, response) => {
    const { method, url, headers } = request;
    void text(request).then((body) => {
      seen.push(`${method} ${headers.host}${url} ${JSON.stringify(headers)} ${body}`.trimEnd());
      response.writeHead(url === '/away' ? 302 : 200, {
        location: 'http://evil.example/',
        'x-answer': 'yes',
      });
      response.end('hello');
    });
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  web.closeAllConnections();
  web.close();
  await rm(folder, { recursive: true });
});

function open(): Socket {
  return connect({ path: join(folder, 'proxy.sock') });
}

/** Sends bytes and returns all that comes back. */
async function send(bytes: string): Promise<string> {
  const socket = open();
  socket.write(bytes);
  return await text(socket).catch((error: unknown) => String(error));
}

const get = (url: string, ...headers: readonly string[]): string =>
  `GET ${url} HTTP/1.1\r\n${[...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`;

const refusals = (): readonly string[] =>
  decisions
    .filter(({ decision }) => decision === 'refused')
    .map(({ method, host, port, reason }) => `${method} ${host}:${port} ${reason}`);

describe('an egress proxy with a list', () => {
  beforeEach(async () => {
    await openProxy(listed('good.example', '*.good.example'));
  });

  it('lets a listed name through, and dials what the name was resolved to once', async () => {
    const answer = await send(get('http://good.example/path?q=1', 'Host: good.example', 'X-Mine: 1'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*x-answer: yes[^]*\r\n\r\n[^]*hello/);
    expect(asked).toEqual(['good.example']);
    expect(dialled).toEqual(['93.184.215.14:80']);
    expect(seen).toEqual([expect.stringMatching(/^GET good\.example\/path\?q=1 .*"x-mine":"1"/)]);
    expect(decisions).toEqual([
      { method: 'GET', host: 'good.example', port: 80, decision: 'allowed', reason: '93.184.215.14' },
    ]);
  });

  it('passes a body on', async () => {
    const body = 'Host: good.example\r\nContent-Length: 5\r\n\r\nabcde';
    const answer = await send(`POST http://good.example/ HTTP/1.1\r\nConnection: close\r\n${body}`);
    expect(answer).toContain('hello');
    expect(seen[0]).toMatch(/abcde$/);
  });

  it('answers several requests on one connection, each decided by itself', async () => {
    const first = 'GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n';
    const answer = await send(first + get('http://evil.example/', 'Host: evil.example'));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403']);
    expect(refusals()).toEqual(['GET evil.example:80 not on the list']);
  });

  it('lets no redirect lead away', async () => {
    expect(await send(get('http://good.example/away', 'Host: good.example'))).toContain(
      'location: http://evil.example/',
    );
    expect(await send(get('http://evil.example/', 'Host: evil.example'))).toMatch(/^HTTP\/1\.1 403/);
    expect(dialled).toEqual(['93.184.215.14:80']);
  });

  it.each([
    ['a name that is not listed', 'http://evil.example/', [], 'evil.example:80 not on the list'],
    ['data in a name', 'http://c2VjcmV0.evil.example/', [], 'c2vjcmv0.evil.example:80 not on the list'],
    ['a raw address', 'http://93.184.215.14/', [], '93.184.215.14:80 not on the list'],
    ['an address as a number', 'http://1572394766/', [], '93.184.215.14:80 not on the list'],
    ['an IPv6 address', 'http://[2606:2800:220:1::1]/', [], '2606:2800:220:1::1:80 not on the list'],
    ['loopback', 'http://127.0.0.1/', [], '127.0.0.1:80 not on the list'],
    ['another port', 'http://good.example:8080/', [], 'good.example:8080 not on the list'],
    [
      'a name that leads inside',
      'http://inside.good.example/',
      [],
      'inside.good.example:80 the name leads to an address that is not public',
    ],
    [
      'a name that leads to the metadata service',
      'http://metadata.good.example/',
      [],
      'metadata.good.example:80 the name leads to an address that is not public',
    ],
    [
      'a name that does not resolve',
      'http://none.good.example/',
      [],
      'none.good.example:80 the name cannot be resolved',
    ],
    [
      'another Host',
      'http://good.example/',
      ['Host: evil.example'],
      'good.example:80 the Host header names another host',
    ],
    ['a user before the host', 'http://good.example@evil.example/', [], '?:0 no http:// address'],
    ['https without a tunnel', 'https://good.example/', [], '?:0 no http:// address'],
    ['a path alone', '/', ['Host: good.example'], '?:0 no http:// address'],
    ['a file', 'file:///etc/passwd', [], '?:0 no http:// address'],
  ] as const)('refuses %s', async (_name, url, headers, refusal) => {
    expect(await send(get(url, ...headers))).toMatch(/^HTTP\/1\.1 403 Forbidden/);
    expect(refusals()).toEqual([`GET ${refusal}`]);
    expect([dialled, seen]).toEqual([[], []]);
  });

  it('takes no address with a backslash in it', async () => {
    expect(await send(get('http://good.example\\@evil.example/'))).toBe('');
    expect([asked, dialled, seen]).toEqual([[], [], []]);
  });

  it('asks no resolver for a name that is not listed', async () => {
    await send(get('http://c2VjcmV0.evil.example/'));
    await send('CONNECT c2VjcmV0.evil.example:443 HTTP/1.1\r\n\r\n');
    expect(asked).toEqual([]);
  });

  it('dials the public one of several addresses, never the other', async () => {
    await send(get('http://both.good.example/', 'Host: both.good.example'));
    expect(dialled).toEqual(['93.184.215.14:80']);
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
    [
      'a length and chunks',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://evil.example/ HTTP/1.1\r\n\r\n',
    ],
    ['a space before the colon', 'Content-Length : 5\r\n\r\nabcde'],
    ['a folded header', 'X: 1\r\n Host: evil.example\r\n\r\n'],
  ])('takes no request with %s', async (_name, rest) => {
    await send(`POST http://good.example/ HTTP/1.1\r\nHost: good.example\r\n${rest}`);
    expect(seen).toEqual([]);
  });

  it('passes nothing on that is meant for proxies', async () => {
    const headers = [
      'Host: good.example',
      'Proxy-Authorization: Basic eDp5',
      'Connection: X-Hop',
      'X-Hop: 1',
    ];
    await send(
      `GET http://good.example/ HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`.replace(
        'X-Hop\r\n',
        'close, X-Hop\r\n',
      ),
    );
    expect(seen[0]).not.toMatch(/proxy-authorization|x-hop/);
  });

  it.each([
    ['a name that is not listed', 'evil.example:443', '', 'evil.example:443 not on the list'],
    ['another port', 'good.example:22', '', 'good.example:22 not on the list'],
    ['a raw address', '93.184.215.14:443', '', '93.184.215.14:443 not on the list'],
    ['IPv6', '[::1]:443', '', '::1:443 not on the list'],
    ['no port', 'good.example', '', '?:0 no HOST:PORT'],
    [
      'another Host',
      'good.example:443',
      'Host: evil.example:443\r\n',
      'good.example:443 the Host header names another host',
    ],
    ['an absolute address', 'http://good.example:443/', '', '?:0 no HOST:PORT'],
  ])('opens no tunnel to %s', async (_name, authority, headers, refusal) => {
    expect(await send(`CONNECT ${authority} HTTP/1.1\r\n${headers}\r\n`)).toMatch(/^HTTP\/1\.1 403/);
    expect(refusals()).toEqual([`CONNECT ${refusal}`]);
    expect(dialled).toEqual([]);
  });

  it('closes a tunnel in which plain HTTP is spoken, before the server hears of it', async () => {
    const answer = await send(`CONNECT good.example:80 HTTP/1.1\r\n\r\n${get('/', 'Host: evil.example')}`);
    expect(answer).not.toContain('hello');
    expect(refusals()).toEqual(['CONNECT good.example:80 what was sent is not TLS']);
    expect(seen).toEqual([]);
  });
});

describe('an egress proxy and tunnels', () => {
  /** Answers with the number of bytes that it was sent. */
  async function tunnel(serverName: string, authority: string): Promise<string> {
    const { connect: connectTls } = await import('node:tls');
    const socket = open();
    socket.write(`CONNECT ${authority} HTTP/1.1\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    if (!String(answer).startsWith('HTTP/1.1 200')) return String(answer).split('\r\n')[0] ?? '';
    const client = connectTls({ socket, servername: serverName, rejectUnauthorized: false });
    client.on('error', () => {});
    await new Promise((resolve) => client.once('close', resolve));
    return 'closed';
  }

  it('carries a greeting that names the host of the tunnel, and no other', async () => {
    const greetings: Buffer[] = [];
    const server = createTcpServer((socket) =>
      socket.once('data', (bytes) => (greetings.push(bytes), socket.end())),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    web.close();
    const port = portOf(server);
    proxy = createEgressProxy({
      policy: listed('good.example'),
      onDecision: (decision) => decisions.push(decision),
      resolve: () => Promise.resolve(['93.184.215.14']),
      dial: async () => {
        const socket = connect({ host: '127.0.0.1', port });
        await once(socket, 'connect');
        return socket;
      },
    });
    await proxy.listen(join(folder, 'proxy.sock'));
    expect(await tunnel('good.example', 'good.example:443')).toBe('closed');
    expect(greetings).toHaveLength(1);
    expect(await tunnel('evil.example', 'good.example:443')).toBe('closed');
    expect(refusals()).toEqual(['CONNECT good.example:443 TLS asks for another host than CONNECT']);
    expect(greetings).toHaveLength(1);
    server.close();
  });
});

describe('an egress proxy for all that is public', () => {
  beforeEach(async () => {
    await openProxy({ mode: 'public' });
  });

  it('lets every public name and port through', async () => {
    const answer = await send(`CONNECT other.example:8080 HTTP/1.1\r\n\r\n${get('/', 'Host: any')}`);
    expect(answer).toContain('hello');
    expect(dialled).toEqual(['93.184.215.15:8080']);
  });

  it.each([
    '127.0.0.1:80',
    '10.0.0.1:443',
    '169.254.169.254:80',
    '[::1]:80',
    '[fd00:ec2::254]:80',
    '0.0.0.0:80',
    'inside.good.example:80',
  ])('refuses %s', async (authority) => {
    expect(await send(`CONNECT ${authority} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403/);
    expect(dialled).toEqual([]);
  });
});

describe('an egress proxy with an address on its list', () => {
  it('lets that address through, and a name that leads to it', async () => {
    await openProxy(listed('inside.good.example', '10.0.0.5'));
    await send(get('http://inside.good.example/', 'Host: inside.good.example'));
    await send(get('http://10.0.0.5/', 'Host: 10.0.0.5'));
    expect(dialled).toEqual(['10.0.0.5:80', '10.0.0.5:80']);
  });
});
