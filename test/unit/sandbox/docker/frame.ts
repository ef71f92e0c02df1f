import type { OutputStream } from '../../../../src/sandbox/docker/demux.ts';

/** One frame of the engine's multiplexed output. */
export function frame(stream: OutputStream, text: string): Buffer {
  const payload = Buffer.from(text, 'latin1');
  const header = Buffer.alloc(8);
  header[0] = stream === 'stderr' ? 2 : 1;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
