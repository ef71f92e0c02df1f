import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ExecOutput } from '../../../../src/sandbox/docker/exec-output.ts';
import { frame } from './frame.ts';

const signal = new AbortController().signal;

async function run(frames: readonly Buffer[], limitBytes = 100): Promise<ExecOutput> {
  const stream = new PassThrough();
  const output = new ExecOutput(stream, limitBytes);
  for (const part of frames) stream.write(part);
  stream.end();
  await output.ended(signal);
  return output;
}

describe('ExecOutput', () => {
  it('keeps the streams apart', async () => {
    const output = await run([frame('stdout', 'out'), frame('stderr', 'err')]);
    expect(output.toResult(3, ['sh'])).toEqual({
      exitCode: 3,
      stdout: Buffer.from('out'),
      stderr: Buffer.from('err'),
    });
  });

  it('knows a program that could not be started from one that ended so', async () => {
    const refusal =
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown\r\n';
    const output = await run([frame('stdout', refusal)], 1000);
    expect(() => output.toResult(126, ['nope'])).toThrow(
      'nope could not be run: unable to start container process: exec: "nope": executable file not found in $PATH',
    );
    expect((await run([frame('stdout', 'no')])).toResult(126, ['sh']).exitCode).toBe(126);
  });

  it('stops a program that prints without end', async () => {
    await expect(
      run([frame('stdout', 'x'.repeat(60)), frame('stderr', 'x'.repeat(60))]),
    ).rejects.toMatchObject({
      code: 'exec-failed',
      details: { limitBytes: 100 },
    });
  });
});
