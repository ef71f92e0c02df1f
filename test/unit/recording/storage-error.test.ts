import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StorageError } from '../../../src/errors.ts';
import { toStorageError } from '../../../src/recording/storage-error.ts';
import { temporaryFolder } from './sample-run.ts';

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function writeToFullDevice(): Promise<void> {
  // The kernel's own full disk: every write gives ENOSPC.
  await using file = await open('/dev/full', 'w');
  await file.writeFile('x');
}

test('a full disk is a full disk', async () => {
  const error = toStorageError(await failureOf(writeToFullDevice()), 'write run/trajectory.jsonl');
  expect(error).toMatchObject({
    code: 'disk-full',
    message: 'Cannot write run/trajectory.jsonl: the disk is full.',
    hint: 'Free some space, or keep the runs on another disk.',
    details: { errno: 'ENOSPC' },
  });
  expect(error.cause).toMatchObject({ code: 'ENOSPC' });
});

test('names what is missing, what is in the way and what is not a folder', async () => {
  await using root = await temporaryFolder();
  const file = join(root.path, 'file');
  await writeFile(file, '');
  const messages = [
    toStorageError(await failureOf(open(join(root.path, 'none'))), 'read it', { code: 'read-failed' }),
    toStorageError(await failureOf(mkdir(file)), 'make it'),
    toStorageError(await failureOf(open(join(file, 'x'))), 'read it', { code: 'read-failed' }),
    toStorageError(await failureOf(open(join(root.path, 'x'.repeat(300)))), 'read it'),
  ].map(({ code, message }) => [code, message]);
  expect(messages).toEqual([
    ['read-failed', 'Cannot read it: it does not exist.'],
    ['write-failed', 'Cannot make it: it exists already.'],
    ['read-failed', 'Cannot read it: a part of the path is a file, not a folder.'],
    ['write-failed', 'Cannot read it: the path is too long.'],
  ]);
});

test.each([
  ['EROFS', 'Cannot write it: the file system is read-only.'],
  ['EACCES', 'Cannot write it: permission is denied.'],
  ['EDQUOT', 'Cannot write it: the disk quota is used up.'],
  ['EIO', 'Cannot write it: boom.'],
])('%s has words', (code, message) => {
  expect(toStorageError(Object.assign(new Error('boom'), { code }), 'write it').message).toBe(message);
});

test('an error that has its words already keeps them', () => {
  const error = new StorageError('disk-full', 'Full.');
  expect(toStorageError(error, 'write it')).toBe(error);
});
