import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LONGEST_GREETING, readGreeting } from './client-hello.ts';

export interface TunnelOptions {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** What the client sent before it had an answer. */
  readonly head: Buffer;
  /** The name that a TLS client has to ask for; undefined: whatever is sent passes. */
  readonly expected: string | undefined;
}

const GREETING_TIMEOUT_MS = 10_000;

/**
 * Carries bytes both ways until one side ends.
 * @returns why it was closed before anything reached the server, or undefined
 */
export async function openTunnel(options: TunnelOptions): Promise<string | undefined> {
  const { client, upstream, head, expected } = options;
  upstream.on('error', () => upstream.destroy());
  const greeting = expected === undefined ? head : await hearGreeting(client, head, expected);
  if (typeof greeting === 'string') {
    client.destroy();
    upstream.destroy();
    return greeting;
  }
  if (greeting.length > 0) upstream.write(greeting);
  await Promise.allSettled([pipeline(client, upstream), pipeline(upstream, client)]);
  client.destroy();
  upstream.destroy();
  return undefined;
}

/** @returns the bytes, to be passed on, or what is wrong with them */
async function hearGreeting(client: Duplex, head: Buffer, expected: string): Promise<Buffer | string> {
  let heard = head;
  const late = setTimeout(() => client.destroy(), GREETING_TIMEOUT_MS);
  try {
    for (;;) {
      const greeting = readGreeting(heard);
      if (greeting.kind === 'not-tls') return 'what was sent is not TLS';
      if (greeting.kind === 'tls') {
        return greeting.serverName === expected ? heard : 'TLS asks for another host than CONNECT';
      }
      const more = await nextChunk(client);
      if (more === undefined) return 'nothing was sent';
      heard = Buffer.concat([heard, more]).subarray(0, LONGEST_GREETING + more.length);
    }
  } finally {
    clearTimeout(late);
  }
}

async function nextChunk(client: Duplex): Promise<Buffer | undefined> {
  const ready: unknown = client.read();
  if (Buffer.isBuffer(ready)) return ready;
  return await new Promise((resolve) => {
    const settle = (): void => {
      const chunk: unknown = client.read();
      if (chunk === null && !client.readableEnded && !client.destroyed) return;
      for (const event of ['readable', 'end', 'close']) client.off(event, settle);
      resolve(Buffer.isBuffer(chunk) ? chunk : undefined);
    };
    for (const event of ['readable', 'end', 'close']) client.on(event, settle);
  });
}
