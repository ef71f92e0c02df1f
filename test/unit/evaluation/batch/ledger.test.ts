import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BatchHeader, Ledger, readLedger } from '../../../../src/evaluation/batch/ledger.ts';
import { record, trial } from './results.ts';

const AT = '2026-01-01T00:00:00.000Z';
const HEADER: BatchHeader = {
  type: 'batch',
  version: 1,
  suite: 's',
  suiteFile: '/s/suite.yaml',
  fingerprint: 'f',
  pairs: [{ task: 'a', model: 'local', tags: [] }],
  trials: 3,
  startedAt: AT,
};
const [A, B] = [trial('a', 1), trial('a', 2)];

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-ledger-'));
  path = join(folder, 'ledger.jsonl');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(): Promise<void> {
  await using ledger = await Ledger.create(path, HEADER);
  await ledger.append({ type: 'started', trial: A.id, at: AT });
  await ledger.append({ type: 'started', trial: B.id, at: AT });
  await ledger.append({ type: 'finished', record: record(A) });
}

test('a batch is read as it was recorded', async () => {
  await write();
  expect(await readLedger(path)).toEqual({
    header: HEADER,
    records: new Map([[A.id, record(A)]]),
    abandoned: [B.id],
    soundBytes: (await stat(path)).size,
  });
});

test('half a line at the end is what a crash leaves: it is written over', async () => {
  await write();
  const { size } = await stat(path);
  await appendFile(path, '{"type":"finished","record":{"tri');
  const reading = await readLedger(path);
  expect(reading.soundBytes).toBe(size);
  {
    await using ledger = await Ledger.reopen(path, reading);
    await ledger.append({ type: 'finished', record: record(B) });
  }
  expect([...(await readLedger(path)).records.keys()]).toEqual([A.id, B.id]);
});

test('wherever a crash cuts the file off, the lines before it are read', async () => {
  await write();
  const whole = await readFile(path);
  const firstLine = whole.indexOf('\n') + 1;
  for (let size = firstLine; size <= whole.length; size += 37) {
    await writeFile(path, whole);
    await truncate(path, size);
    const { soundBytes, header } = await readLedger(path);
    expect(header).toEqual(HEADER);
    expect(soundBytes).toBe(whole.subarray(0, size).lastIndexOf('\n') + 1);
  }
});

test('damage before the end is told, and nothing is guessed', async () => {
  await write();
  await writeFile(path, (await readFile(path, 'utf8')).replace('"started"', '"startee"'));
  await expect(readLedger(path)).rejects.toMatchObject({
    code: 'corrupt-trajectory',
    message: expect.stringMatching(/ is damaged at byte \d+: the line does not match its checksum\.$/),
  });
});

test('there is one ledger in a folder', async () => {
  await write();
  await expect(Ledger.create(path, HEADER)).rejects.toMatchObject({ code: 'write-failed' });
});
