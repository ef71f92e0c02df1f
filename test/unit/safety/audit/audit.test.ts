import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type AuditEvent, hashOf, sealOf, auditEntry } from '../../../../src/safety/audit/audit-entry.ts';
import { openAuditLog, reopenAuditLog } from '../../../../src/safety/audit/audit-log.ts';
import { verifyAudit } from '../../../../src/safety/audit/verify-audit.ts';

const HASH = 'a'.repeat(64);

const decided = (turn: number, by = 'person'): AuditEvent => ({
  type: 'decided',
  turn,
  callId: `call_${turn}`,
  index: 0,
  decision: 'approve',
  by,
  account: 'ada',
  shown: { screenshot: HASH, call: HASH, checks: HASH },
});

const EVENTS: readonly AuditEvent[] = [
  { type: 'opened', runId: 'run-1', gate: 'prompt' },
  decided(1),
  decided(2),
  decided(3),
  { type: 'closed', outcome: 'completed', entries: 4 },
];

/** A log of these events in a folder of its own, and a way to change its lines. */
async function written(events: readonly AuditEvent[] = EVENTS) {
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-audit-'));
  const path = join(folder, 'audit.jsonl');
  await using log = await openAuditLog({ path, clock: { wall: () => 0 } });
  await Promise.all(events.map((event) => log.append(event)));
  return {
    path,
    head: log.head,
    change: async (how: (lines: string[]) => readonly string[]) => {
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
      await writeFile(
        path,
        how(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test('a log that nobody touched is whole', async () => {
  await using log = await written();
  const reading = await verifyAudit(log.path, { head: log.head });
  expect(reading.breach).toBeUndefined();
  expect(reading.entries.map(({ event }) => event)).toEqual(EVENTS);
  expect(reading.head).toBe(log.head);
});

test('the log of a run that was killed is gone on with, in one chain', async () => {
  const [opened, first, ...later] = EVENTS;
  await using log = await written([opened, first].filter((event) => event !== undefined));
  await writeFile(log.path, '{"seq":2,"at', { flag: 'a' });
  {
    await using resumed = await reopenAuditLog({ path: log.path, clock: { wall: () => 1 } });
    await Promise.all(later.map((event) => resumed.append(event)));
  }
  const reading = await verifyAudit(log.path);
  expect(reading.breach).toBeUndefined();
  expect(reading.entries.map(({ event }) => event)).toEqual(EVENTS);
});

test('a log is never written over', async () => {
  await using log = await written();
  await expect(openAuditLog({ path: log.path, clock: { wall: () => 0 } })).rejects.toMatchObject({
    code: 'write-failed',
  });
});

describe('verify says at which entry it breaks', () => {
  it.each<[string, (lines: string[]) => readonly string[], number, RegExp]>([
    ['edited', (lines) => lines.map((line) => line.replace('"call_2"', '"call_9"')), 3, /was edited/],
    ['removed', (lines) => lines.toSpliced(2, 1), 3, /removed or put in another order/],
    [
      'reordered',
      ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest],
      2,
      /removed or put in another order/,
    ],
    ['put in twice', (lines) => lines.toSpliced(2, 0, lines[1] ?? ''), 3, /removed or put in another order/],
    ['truncated', (lines) => lines.slice(0, 3), 4, /cut off here/],
    ['truncated at its beginning', (lines) => lines.slice(1), 1, /removed or put in another order/],
    ['emptied', () => [], 1, /empty/],
    ['extended', (lines) => [...lines, lines.at(-1) ?? ''], 6, /removed or put in another order/],
    ['filled with something else', (lines) => lines.with(3, '{}'), 4, /not an entry/],
  ])('%s', async (_how, change, entry, reason) => {
    await using log = await written();
    await log.change(change);
    const { breach } = await verifyAudit(log.path);
    expect(breach).toEqual({ entry, reason: expect.stringMatching(reason) });
  });

  it('cut off in the middle of a line', async () => {
    await using log = await written();
    const text = await readFile(log.path, 'utf8');
    await writeFile(log.path, text.slice(0, -20));
    expect((await verifyAudit(log.path)).breach).toEqual({ entry: 5, reason: 'the line is cut off' });
  });

  it('written anew as a whole, against the hash that was noted down', async () => {
    await using log = await written();
    await using forged = await written(EVENTS.with(2, decided(2, 'nobody')));
    expect((await verifyAudit(forged.path)).breach).toBeUndefined();
    expect((await verifyAudit(forged.path, { head: log.head })).breach).toMatchObject({ entry: 5 });
  });
});

test('an edit of any one character is found, at the entry that it is in', async () => {
  await using log = await written();
  const text = await readFile(log.path, 'utf8');
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: text.length - 1 }), async (at) => {
      fc.pre(text[at] !== '\n');
      const edited = `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`;
      await writeFile(log.path, edited);
      const entry = text.slice(0, at).split('\n').length;
      const { breach } = await verifyAudit(log.path);
      expect(breach?.entry).toBe(entry);
    }),
    { numRuns: 200 },
  );
});

test('a seal covers everything but itself, whatever the order of keys', () => {
  const content = { seq: 0, at: '1970-01-01T00:00:00.000Z', event: EVENTS[0] ?? decided(0), previous: HASH };
  const entry = auditEntry.parse({ ...content, hash: sealOf(content) });
  const { hash, ...rest } = entry;
  expect(sealOf(rest)).toBe(hash);
  expect(hashOf({ a: 1, b: [{ d: 1, c: 2 }] })).toBe(hashOf({ b: [{ c: 2, d: 1 }], a: 1 }));
});
