import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ExecDuplex } from '../../../../src/sandbox/docker/exec-duplex.ts';
import { frame } from './frame.ts';

function connect(): { engine: Duplex; connection: Duplex; duplex: ExecDuplex } {
  const [engine, connection] = duplexPair();
  return { engine, connection, duplex: new ExecDuplex(connection) };
}

describe('ExecDuplex', () => {
  it('reads what the program prints and writes what it reads', async () => {
    const { engine, duplex } = connect();
    engine.write(frame('stdout', 'RFB 003'));
    engine.end(frame('stdout', '.008\n'));
    duplex.end('RFB 003.008\n');
    expect(await text(duplex)).toBe('RFB 003.008\n');
    expect(await text(engine)).toBe('RFB 003.008\n');
  });

  it('fails with what the program says when it ends', async () => {
    const { engine, duplex } = connect();
    engine.end(frame('stderr', 'socat[7] E connect: No such file or directory\n'));
    await expect(text(duplex)).rejects.toMatchObject({
      code: 'sandbox-not-ready',
      message: 'The way to the desktop closed: socat[7] E connect: No such file or directory',
    });
  });

  it('closes the connection when it is destroyed', () => {
    const { connection, duplex } = connect();
    duplex.destroy();
    expect(connection.destroyed).toBe(true);
  });

  it('does not take in more than is read from it', async () => {
    const { engine, duplex } = connect();
    const chunk = frame('stdout', 'x'.repeat(64 * 1024));
    let written = 0;
    while (written < 1000 && engine.write(chunk)) written += 1;
    expect(written).toBeLessThan(10);
    engine.end();
    expect((await text(duplex)).length).toBe((written + 1) * 64 * 1024);
  });
});
