import { array, assert, constantFrom, nat, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputDemuxer, demuxAll } from '../../../../src/sandbox/docker/demux.ts';
import type { OutputStream } from '../../../../src/sandbox/docker/demux.ts';
import { frame } from './frame.ts';

function collect(chunks: readonly Buffer[]): Record<OutputStream, string> {
  const output = { stdout: '', stderr: '' };
  const demuxer = new OutputDemuxer((name, data) => {
    output[name] += data.toString('latin1');
  });
  for (const chunk of chunks) demuxer.push(chunk);
  return output;
}

describe('OutputDemuxer', () => {
  const bytes = Buffer.concat([
    frame('stdout', 'one'),
    frame('stderr', ''),
    frame('stderr', 'two'),
    frame('stdout', '!'),
  ]);

  it('separates the streams', () => {
    expect(collect([bytes])).toEqual({ stdout: 'one!', stderr: 'two' });
  });

  it('does so one byte at a time', () => {
    expect(collect([...bytes].map((byte) => Buffer.of(byte)))).toEqual({ stdout: 'one!', stderr: 'two' });
  });

  it('does so however the stream is cut', () => {
    const name = constantFrom<OutputStream>('stdout', 'stderr');
    const frames = array(record({ name, text: string() }));
    assert(
      property(frames, array(nat(40)), (sent, cuts) => {
        const whole = Buffer.concat(sent.map(({ name, text }) => frame(name, text)));
        const chunks: Buffer[] = [];
        let rest = whole;
        for (const cut of cuts) {
          chunks.push(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        expect(collect([...chunks, rest])).toEqual(collect([whole]));
      }),
    );
  });

  it('passes on what has come of a frame', () => {
    expect(collect([frame('stdout', 'complete').subarray(0, 11)])).toEqual({ stdout: 'com', stderr: '' });
  });
});

describe('demuxAll', () => {
  it('keeps the order of both streams', () => {
    const data = Buffer.concat([frame('stderr', 'a'), frame('stdout', 'b'), frame('stderr', 'c')]);
    expect(demuxAll(data).toString()).toBe('abc');
  });
});
