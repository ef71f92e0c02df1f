import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BuildOutput } from '../../../../../src/sandbox/docker/image/build-output.ts';
import type { ImageProgress } from '../../../../../src/sandbox/docker/image/build-output.ts';

/** What the builder of engine 20.10 sent, recorded. */
async function replay(name: string): Promise<{ progress: ImageProgress[]; failure: unknown }> {
  const recorded = await readFile(join(import.meta.dirname, 'output', `${name}.jsonl`), 'utf8');
  const progress: ImageProgress[] = [];
  const output = new BuildOutput((event) => progress.push(event));
  try {
    for (const line of recorded.trim().split('\n')) output.take(JSON.parse(line));
    return { progress, failure: undefined };
  } catch (failure) {
    return { progress, failure };
  }
}

const step = (number: number, steps: number, command: string): ImageProgress => ({
  kind: 'step',
  step: number,
  steps,
  command,
});
const output = (line: string): ImageProgress => ({ kind: 'output', line });

describe('BuildOutput', () => {
  it('tells the steps and what they print', async () => {
    expect(await replay('success')).toEqual({
      failure: undefined,
      progress: [
        step(1, 6, 'ARG BASE_IMAGE=ubuntu:24.04'),
        step(2, 6, 'FROM ${BASE_IMAGE}'),
        step(3, 6, 'COPY a.txt /a.txt'),
        step(4, 6, 'RUN echo one && echo two >&2'),
        output('one'),
        output('two'),
        step(5, 6, String.raw`RUN printf "10%%\r20%%\r100%%\n"; printf "no end"`),
        output('100%'),
        output('no end'),
        step(6, 6, 'ENV A=b'),
      ],
    });
  });

  it('tells which command failed, how, and what it printed last', async () => {
    const { failure } = await replay('failing-command');
    const numbers = Array.from({ length: 18 }, (_, index) => String(index + 3));
    const last = [...numbers].join('\n');
    expect(failure).toMatchObject({
      code: 'image-build-failed',
      details: {
        step: 3,
        steps: 4,
        command:
          'RUN echo getting ready; seq 1 20; echo "E: Unable to locate package xfce4-nonesuch" >&2; exit 100',
        exitCode: 100,
        output: `1\n2\n${last}`,
      },
      message: expect.stringMatching(
        /^Building the image failed at step 3 of 4, RUN echo getting ready;.* with exit code 100\. Its last output:\n/,
      ),
    });
  });

  it('tells why an instruction failed that runs no command', async () => {
    const { failure } = await replay('missing-file');
    expect(failure).toMatchObject({
      code: 'image-build-failed',
      message:
        'Building the image failed at step 2 of 2, COPY nonesuch /x,: COPY failed: file not found in build context or excluded by .dockerignore: stat nonesuch: file does not exist',
    });
  });

  it('recognises a full disk in what a command printed', async () => {
    const { failure } = await replay('disk-full');
    expect(failure).toMatchObject({
      code: 'disk-full',
      details: { step: 2, exitCode: 1, output: 'cat: write error: No space left on device' },
      hint: expect.stringContaining('free space where the engine keeps its files'),
    });
  });
});
