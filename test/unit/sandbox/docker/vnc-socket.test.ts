import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkInside, connectInside } from '../../../../src/sandbox/docker/vnc-socket.ts';

let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-vnc-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

async function serve(name: string): Promise<void> {
  const server = createServer((socket) => socket.end(`hello from ${name}`));
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(join(folder, name), resolve);
  });
}

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('connectInside', () => {
  it('connects to a socket', async () => {
    await serve('rfb.sock');
    await checkInside(folder, 'rfb.sock');
    expect(await text(await connectInside(folder, 'rfb.sock'))).toBe('hello from rfb.sock');
  });

  it('refuses a link to another socket', async () => {
    await serve('secret.sock');
    await symlink(join(folder, 'secret.sock'), join(folder, 'rfb.sock'));
    const refused = { code: 'vnc-refused', details: { isSymbolicLink: true } };
    expect(await failureOf(connectInside(folder, 'rfb.sock'))).toMatchObject(refused);
    expect(await failureOf(checkInside(folder, 'rfb.sock'))).toMatchObject(refused);
  });

  it('refuses a file', async () => {
    await writeFile(join(folder, 'rfb.sock'), '');
    expect(await failureOf(connectInside(folder, 'rfb.sock'))).toMatchObject({
      code: 'vnc-refused',
      details: { isSymbolicLink: false },
    });
  });

  it('says when there is nothing yet, or nobody who answers', async () => {
    expect(await failureOf(connectInside(folder, 'rfb.sock'))).toMatchObject({ code: 'sandbox-not-ready' });
    await serve('rfb.sock');
    const path = join(folder, 'rfb.sock');
    await symlink(path, join(folder, 'other'));
    await new Promise((resolve) => {
      servers.pop()?.close(resolve);
    });
    expect(await failureOf(connectInside(folder, 'rfb.sock'))).toMatchObject({ code: 'sandbox-not-ready' });
  });

  it('reaches a socket below a folder whose name is too long for an address', async () => {
    const long = join(folder, 'x'.repeat(120));
    await symlink(folder, long);
    await serve('rfb.sock');
    expect(await text(await connectInside(long, 'rfb.sock'))).toBe('hello from rfb.sock');
  });

  it('does not begin when it is told to stop', async () => {
    await serve('rfb.sock');
    const failure = await failureOf(connectInside(folder, 'rfb.sock', { signal: AbortSignal.abort() }));
    expect(failure).toMatchObject({ code: 'cancelled' });
  });
});
