import { once } from 'node:events';
import { PassThrough, Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readGreeting } from '../../../../src/sandbox/egress/client-hello.ts';

/** What OpenSSL sends first. */
async function greet(servername: string | undefined): Promise<Buffer> {
  const sent = new PassThrough();
  const wire = Duplex.from({ writable: sent, readable: new PassThrough() });
  const client = connect({
    socket: wire,
    ...(servername === undefined ? {} : { servername }),
    host: undefined,
  });
  client.on('error', () => {});
  const [bytes] = await once(sent, 'data');
  client.destroy();
  return Buffer.from(bytes);
}

/** The same handshake in records of `size` bytes. */
function split(hello: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  for (let at = 5; at < hello.length; at += size) {
    const part = hello.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

describe('readGreeting', () => {
  let hello: Buffer;

  beforeAll(async () => {
    hello = await greet('www.example.com');
  });

  it('finds the name that a client asks for', () => {
    expect(readGreeting(hello)).toEqual({ kind: 'tls', serverName: 'www.example.com' });
  });

  it('tells of a client that names nobody', async () => {
    expect(readGreeting(await greet(undefined))).toEqual({ kind: 'tls', serverName: undefined });
  });

  it('puts a hello together that comes in many records', () => {
    for (const size of [1, 7, 100]) {
      expect(readGreeting(split(hello, size))).toEqual({ kind: 'tls', serverName: 'www.example.com' });
    }
  });

  it('waits for the rest, whatever the part', () => {
    for (let length = 0; length < hello.length; length += 1) {
      expect(readGreeting(hello.subarray(0, length))).toEqual({ kind: 'incomplete' });
    }
  });

  it.each(['GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 'SSH-2.0-x\r\n', '\u0016\u0002\u0000', '\u0000'])(
    'knows that %j is no TLS',
    (text) => {
      expect(readGreeting(Buffer.from(text, 'latin1'))).toEqual({ kind: 'not-tls' });
    },
  );

  it('gives up on a hello without end', () => {
    const record = Buffer.concat([
      Buffer.from([22, 3, 1, 0x40, 0]),
      Buffer.from([1, 0xff, 0xff, 0xff]),
      Buffer.alloc(16_380),
    ]);
    expect(readGreeting(record)).toEqual({ kind: 'not-tls' });
  });

  it('survives whatever is sent', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2_000 }), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(hello);
        damaged[at % damaged.length] = byte;
        expect(['tls', 'not-tls', 'incomplete']).toContain(readGreeting(damaged).kind);
      }),
    );
  });
});
