import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type DeskhandError, toDeskhandError } from '../../../../src/errors.ts';
import { judgeError } from '../../../../src/evaluation/batch/verdict.ts';
import { AllowedHosts } from '../../../../src/evaluation/downloads/allowed-hosts.ts';
import { Downloads } from '../../../../src/evaluation/downloads/downloads.ts';
import { downloadSchema } from '../../../../src/evaluation/task/download-schema.ts';
import { type Task, toTask } from '../../../../src/evaluation/task/task-file.ts';
import { portOf } from '../../../support/port-of.ts';

const TEXT = 'The cat sat.\n';
const DIGEST = createHash('sha256').update(TEXT).digest('hex');

/** A server on loopback, and what was asked of it. */
async function serve(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${portOf(server)}`,
    url: `http://127.0.0.1:${portOf(server)}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function wanting(url: string, fields: object = {}): Task {
  const download = downloadSchema.parse({ url, path: '~/a.txt', ...fields });
  return { ...toTask('do it'), downloads: [download] };
}

async function failureOf(downloads: Downloads, task: Task): Promise<DeskhandError> {
  const error: unknown = await downloads.provide(task).then(
    () => new Error('it was fetched'),
    (thrown: unknown) => thrown,
  );
  return toDeskhandError(error);
}

describe('Downloads', () => {
  it('puts what it fetches among the files of the setup, once for all who want it', async () => {
    await using server = await serve((_, response) => response.end(TEXT));
    const task = wanting(`${server.url}/a`, { sha256: DIGEST.toUpperCase(), mode: '0600' });
    await using downloads = new Downloads(new AllowedHosts([server.host]));
    const provided = await Promise.all(Array.from({ length: 1000 }, () => downloads.provide(task)));
    expect(provided[999]?.setup.files).toEqual([
      { path: '/home/user/a.txt', content: Buffer.from(TEXT), mode: 0o600 },
    ]);
    expect(server.asked).toEqual(['/a']);
  });

  it('hands files of checks over by their addresses', async () => {
    await using server = await serve((_, response) => response.end(TEXT));
    const { downloads: checkDownloads = [], ...task } = wanting(`${server.url}/gold`);
    await using downloads = new Downloads(new AllowedHosts([server.host]));
    const { setup, assets } = await downloads.provide({ ...task, checkDownloads });
    expect(setup.files).toEqual([]);
    expect(assets.get(`${server.url}/gold`)?.content).toEqual(Buffer.from(TEXT));
  });

  it('follows a redirect to an allowed host, and to no other', async () => {
    await using target = await serve((_, response) => response.end(TEXT));
    await using server = await serve((_, response) =>
      response.writeHead(302, { location: `${target.url}/b` }).end(),
    );
    const task = wanting(`${server.url}/a`);
    await using both = new Downloads(new AllowedHosts([server.host, target.host]));
    expect((await both.provide(task)).setup.files).toHaveLength(1);
    await using one = new Downloads(new AllowedHosts([server.host]));
    const error = await failureOf(one, task);
    expect(error.code).toBe('download-refused');
    expect(error.message).toBe(
      `${target.url}/b, where ${server.url}/a leads, may not be fetched: its host is not allowed.`,
    );
    expect(error.hint).toContain(`--allow-download ${target.host}`);
    expect(target.asked).toEqual(['/b']);
  });

  it('asks no host that nobody has allowed', async () => {
    await using server = await serve((_, response) => response.end(TEXT));
    await using downloads = new Downloads(new AllowedHosts([]));
    const error = await failureOf(downloads, wanting(`${server.url}/a`));
    expect(error.message).toBe(`${server.url}/a may not be fetched: its host is not allowed.`);
    expect(server.asked).toEqual([]);
  });

  it.each([
    ['a redirect without end', { location: '/a' }, 302, {}, 'it leads on more than 5 times'],
    ['what is not there', {}, 404, {}, 'the server answers 404'],
    [
      'what says that it is too large',
      { 'content-length': '2000' },
      200,
      { maxSize: '1k' },
      'it has more than 1024 bytes',
    ],
    [
      'what is too large without saying so',
      { 'transfer-encoding': 'chunked' },
      200,
      { maxSize: '1k' },
      'it has more than 1024 bytes',
    ],
    [
      'what has another digest',
      {},
      200,
      { sha256: '0'.repeat(64) },
      `its SHA-256 is ${DIGEST} and not ${'0'.repeat(64)}`,
    ],
  ])('refuses %s, and does not ask again', async (_what, headers, status, fields, why) => {
    await using server = await serve((_, response) =>
      response.writeHead(status, headers).end('maxSize' in fields ? 'x'.repeat(2000) : TEXT),
    );
    await using downloads = new Downloads(new AllowedHosts([server.host]));
    const task = wanting(`${server.url}/a`, fields);
    const error = await failureOf(downloads, task);
    expect(error.message).toBe(`${server.url}/a cannot be fetched: ${why}.`);
    expect(judgeError(error)).toMatchObject({ verdict: 'invalid', failure: { mayPass: false } });
    const asked = server.asked.length;
    await failureOf(downloads, task);
    expect(server.asked).toHaveLength(asked);
  });

  it('gives up on a server that hangs, and asks it again later', async () => {
    let isSlow = true;
    await using server = await serve((_, response) => {
      if (isSlow) response.writeHead(200).write('The');
      else response.end(TEXT);
    });
    await using downloads = new Downloads(new AllowedHosts([server.host]));
    const task = wanting(`${server.url}/a`, { timeout: '100ms' });
    const error = await failureOf(downloads, task);
    expect(error.message).toBe(`${server.url}/a cannot be fetched: it took longer than 0.1 s.`);
    expect(judgeError(error)).toMatchObject({ verdict: 'invalid', failure: { mayPass: true } });
    isSlow = false;
    const patient = wanting(`${server.url}/a`);
    expect((await downloads.provide(patient)).setup.files).toHaveLength(1);
  });

  it('says why there is no connection', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    await using downloads = new Downloads(new AllowedHosts([server.host]));
    const error = await failureOf(downloads, wanting(`${server.url}/a`));
    expect(error.message).toContain('ECONNREFUSED');
    expect(judgeError(error)).toMatchObject({ verdict: 'invalid', failure: { mayPass: true } });
  });

  it('ends when it is stopped, and leaves nothing behind', async () => {
    await using server = await serve(() => stop.abort('stopped'));
    const stop = new AbortController();
    const before = await foldersLeft();
    {
      await using downloads = new Downloads(new AllowedHosts([server.host]));
      const provided = downloads.provide(wanting(`${server.url}/a`), { signal: stop.signal });
      await expect(provided).rejects.toMatchObject({ code: 'cancelled' });
    }
    expect(await foldersLeft()).toEqual(before);
  });
});

async function foldersLeft(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('deskhand-downloads-'));
}

describe('AllowedHosts', () => {
  it.each([
    ['example.com', 'https://example.com/a', true],
    ['example.com', 'https://EXAMPLE.com./a', true],
    ['example.com', 'https://www.example.com/a', false],
    ['*.example.com', 'https://www.example.com/a', true],
    ['*.example.com', 'https://wwwexample.com/a', false],
    ['example.com', 'https://example.com:8443/a', false],
    ['example.com:8443', 'https://example.com:8443/a', true],
    ['example.com', 'http://example.com/a', false],
    ['http://example.com', 'http://example.com/a', true],
    ['http://example.com', 'https://example.com/a', false],
    ['127.0.0.1:80', 'http://2130706433/a', true],
    ['localhost', 'http://localhost/a', true],
  ])('%s: whether it allows %s: %s', (name, url, is) => {
    expect(new AllowedHosts([name]).includes(url)).toBe(is);
  });

  it('says what it takes', () => {
    expect(() => new AllowedHosts(['https://example.com/a'])).toThrow(
      '--allow-download: expected a host such as example.com, *.example.com or http://example.com:8080; has "https://example.com/a"',
    );
  });
});
