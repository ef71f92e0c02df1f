import { request as httpRequest } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type McpHttpOptions,
  type McpHttpServer,
  serveMcpHttp,
} from '../../../src/adapters/mcp/http-server.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { FakeDesktops } from './fake-desktop.ts';

const IDLE_MS = 1000;

async function serve(desktops: FakeDesktops, options: Partial<McpHttpOptions> = {}): Promise<McpHttpServer> {
  const server = await serveMcpHttp({
    open: desktops.open,
    idleMs: 600_000,
    version: '1',
    host: '127.0.0.1',
    port: 0,
    maxClients: 2,
    ...options,
  });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    expect(desktops.alive).toBe(0);
  });
  return server;
}

async function connect(server: McpHttpServer, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const transport = new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers } });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, transport };
}

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

/** A request with headers that `fetch` does not let one set. */
async function post(
  url: string,
  headers: Record<string, string>,
  body: object = initialize,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const accept = 'application/json, text/event-stream';
  const request = httpRequest(
    url,
    { method: 'POST', headers: { 'content-type': 'application/json', accept, ...headers } },
    (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    },
  );
  request.once('error', reject).end(JSON.stringify(body));
  return await promise;
}

describe('MCP over HTTP', () => {
  it('gives each session a desktop of its own, which goes with it', async () => {
    const desktops = new FakeDesktops();
    const server = await serve(desktops);
    const [first, second] = await Promise.all([connect(server), connect(server)]);
    for (const { client } of [first, second]) await client.callTool({ name: 'desktop_start', arguments: {} });
    expect([desktops.opened.length, desktops.alive]).toEqual([2, 2]);
    await first.transport.terminateSession();
    await expect.poll(() => desktops.alive).toBe(1);
    expect(await second.client.callTool({ name: 'screenshot', arguments: {} })).toMatchObject({
      content: [{ text: 'The screen, 1024x768 px.' }, { type: 'image' }],
    });
  });

  it('serves a client that asks for a newer protocol first', async () => {
    const desktops = new FakeDesktops();
    const server = await serve(desktops);
    const client = new Client({ name: 'new', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
    onTestFinished(() => client.close());
    await client.callTool({ name: 'desktop_start', arguments: {} });
    expect(await client.callTool({ name: 'screenshot', arguments: {} })).not.toHaveProperty('isError');
  });

  it('tells a client that comes when all sessions are taken', async () => {
    const server = await serve(new FakeDesktops());
    const { transport } = await connect(server);
    await connect(server);
    expect(await post(server.url, {})).toBe(503);
    await transport.terminateSession();
    expect(await post(server.url, {})).toBe(200);
  });

  it('ends a session that holds no connection for the idle time', async () => {
    const clock = new ManualClock();
    const desktops = new FakeDesktops();
    const server = await serve(desktops, { clock, idleMs: IDLE_MS, maxClients: 1 });
    const { client } = await connect(server);
    await client.callTool({ name: 'desktop_start', arguments: {} });
    await client.close();
    // Its desktop, then the session that has lost its last connection.
    await expect.poll(() => clock.sleeping).toBe(2);
    expect(await post(server.url, {})).toBe(503);
    await clock.advance(IDLE_MS);
    await expect.poll(() => desktops.alive).toBe(0);
    await expect.poll(() => post(server.url, {})).toBe(200);
  });

  it.each([
    ['a web page', { origin: 'https://evil.example' }, 403],
    ['a rebound name', { host: 'evil.example' }, 403],
    ['a page of this machine', { origin: 'http://localhost:3000' }, 200],
    ['a session that is not there', { 'mcp-session-id': 'none' }, 404],
  ])('answers %s as it should', async (_name, headers, status) => {
    const server = await serve(new FakeDesktops());
    expect(await post(server.url, headers)).toBe(status);
  });

  it('answers other paths, other bodies and what opens no session', async () => {
    const server = await serve(new FakeDesktops(), { maxClients: 1 });
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect([
      await post(server.url.replace('/mcp', '/'), {}),
      await post(server.url, {}, list),
      await post(server.url, {}, { padding: 'x'.repeat(5_000_000) }),
      await post(server.url, {}),
    ]).toEqual([404, 400, 413, 200]);
  });

  it('needs the token where one is set, and only takes that', async () => {
    const server = await serve(new FakeDesktops(), { token: 'secret' });
    expect([
      await post(server.url, {}),
      await post(server.url, { authorization: 'Bearer wrong' }),
      await post(server.url, { authorization: 'Bearer secret' }),
    ]).toEqual([401, 401, 200]);
    const { client } = await connect(server, 'secret');
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
  });

  it('takes further names that it is told', async () => {
    const server = await serve(new FakeDesktops(), { allowedHosts: ['desk.example'] });
    expect(await post(server.url, { host: 'desk.example', origin: 'https://desk.example' })).toBe(200);
  });

  it('does not listen for other machines without a token', async () => {
    const options = { host: '0.0.0.0', port: 0, maxClients: 1, idleMs: 1, version: '1' };
    await expect(serveMcpHttp({ ...options, open: new FakeDesktops().open })).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'Listening on 0.0.0.0 needs a token.',
    });
  });

  it('says that an address is taken', async () => {
    const server = await serve(new FakeDesktops());
    const port = Number(new URL(server.url).port);
    await expect(serve(new FakeDesktops(), { port })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });

  it('removes every desktop and ends every connection when it is disposed of', async () => {
    const desktops = new FakeDesktops();
    const server = await serve(desktops);
    const { client } = await connect(server);
    await client.callTool({ name: 'desktop_start', arguments: {} });
    await server[Symbol.asyncDispose]();
    expect(desktops.alive).toBe(0);
    await expect(post(server.url, {})).rejects.toThrow('ECONNREFUSED');
  });
});
