import { expect, test } from 'vitest';
import { OrderedWriter } from '../../../src/recording/ordered-writer.ts';
import type { Kept, TrajectorySink } from '../../../src/recording/ordered-writer.ts';

/** Notes what it is given; each write waits at the gate when there is one. */
class NotingSink implements TrajectorySink {
  readonly log: string[] = [];
  gate: Promise<void> = Promise.resolve();
  failure: Error | undefined;

  async append(lines: string): Promise<void> {
    await this.#pass(`lines ${JSON.stringify(lines)}`);
  }

  async write({ kind, sha256 }: Kept): Promise<void> {
    await this.#pass(`${kind} ${sha256}`);
  }

  async #pass(entry: string): Promise<void> {
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    this.log.push(entry);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const frame = (sha256: string, bytes: number): Kept => {
  return { kind: 'frame', sha256, content: new Uint8Array(bytes) };
};

test('writes in the order in which things came, lines together, and a frame before the line that names it', async () => {
  const sink = new NotingSink();
  const writer = new OrderedWriter(sink, { limitBytes: 100 });
  writer.line('1\n');
  writer.line('2\n');
  writer.keep(frame('a', 3));
  writer.line('3 names a\n');
  writer.keep(frame('b', 3));
  writer.keep(frame('c', 3));
  writer.line('4\n');
  expect(sink.log).toEqual([]);
  await writer.idle();
  expect(sink.log).toEqual([
    String.raw`lines "1\n2\n"`,
    'frame a',
    String.raw`lines "3 names a\n"`,
    'frame b',
    'frame c',
    String.raw`lines "4\n"`,
  ]);
});

test('what comes while a write is under way is written after it', async () => {
  const sink = new NotingSink();
  const open = Promise.withResolvers<void>();
  sink.gate = open.promise;
  const writer = new OrderedWriter(sink, { limitBytes: 100 });
  writer.line('1\n');
  const idle = writer.idle();
  await new Promise((resolve) => {
    setImmediate(() => {
      setImmediate(resolve);
    });
  });
  writer.line('2\n');
  open.resolve();
  await idle;
  expect(sink.log).toEqual([String.raw`lines "1\n"`, String.raw`lines "2\n"`]);
});

test('refuses frames beyond the limit and takes them again when the disk has caught up', async () => {
  const sink = new NotingSink();
  const writer = new OrderedWriter(sink, { limitBytes: 10 });
  expect([writer.keep(frame('a', 6)), writer.keep(frame('b', 6)), writer.keep(frame('c', 4))]).toEqual([
    true,
    false,
    true,
  ]);
  await writer.idle();
  expect(writer.keep(frame('b', 6))).toBe(true);
  await writer.idle();
  expect(sink.log).toEqual(['frame a', 'frame c', 'frame b']);
});

test('fails rather than keep lines without bound', async () => {
  const writer = new OrderedWriter(new NotingSink(), { limitBytes: 10 });
  for (let n = 0; n < 5; n++) writer.line('12345');
  await expect(writer.idle()).rejects.toMatchObject({
    code: 'write-failed',
    message: 'The disk does not keep up with the run.',
  });
});

test('after a failure: told at idle and by `failed`, nothing more is written, even when the disk works again', async () => {
  const sink = new NotingSink();
  sink.failure = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const writer = new OrderedWriter(sink, { limitBytes: 100 });
  writer.line('1\n');
  const expected = { code: 'disk-full', message: 'Cannot write the trajectory: the disk is full.' };
  expect(await writer.failed).toMatchObject(expected);
  sink.failure = undefined;
  writer.line('2\n');
  writer.keep(frame('a', 1));
  await expect(writer.idle()).rejects.toMatchObject(expected);
  await expect(writer.idle()).rejects.toMatchObject(expected);
  expect(sink.log).toEqual([]);
});
