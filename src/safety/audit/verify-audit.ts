import { readFile } from 'node:fs/promises';
import { StorageError, toMessage } from '../../errors.ts';
import { type AuditEntry, auditEntry, ROOT, sealOf } from './audit-entry.ts';

export interface AuditReading {
  /** The entries up to where the chain breaks, or all of them. */
  readonly entries: readonly AuditEntry[];
  /** The hash of the last sound entry. */
  readonly head: string;
  /** Where it breaks, from 1, and how; absent: it is whole. */
  readonly breach?: { readonly entry: number; readonly reason: string };
}

/**
 * Reads an audit log and follows its chain. Whoever can write the file could write all of it anew: `head`, noted down
 * elsewhere when the run ended, tells that too.
 * @throws StorageError read-failed
 */
export async function verifyAudit(
  path: string,
  options: { readonly head?: string | undefined } = {},
): Promise<AuditReading> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new StorageError('read-failed', `Cannot read ${path}: ${toMessage(cause)}`, { cause });
  });
  const reading = followChain(text);
  if (reading.breach !== undefined || options.head === undefined || options.head === reading.head)
    return reading;
  const reason = `its hash is ${reading.head}, and ${options.head} was noted down`;
  return { ...reading, breach: { entry: reading.entries.length, reason } };
}

function followChain(text: string): AuditReading {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const entries: AuditEntry[] = [];
  let head = ROOT;
  for (const line of lines) {
    const found = readEntry(line, entries, head);
    if (typeof found === 'string')
      return { entries, head, breach: { entry: entries.length + 1, reason: found } };
    entries.push(found);
    head = found.hash;
  }
  if (rest !== '')
    return { entries, head, breach: { entry: entries.length + 1, reason: 'the line is cut off' } };
  const reason = faultOfEnd(entries);
  return reason === undefined
    ? { entries, head }
    : { entries, head, breach: { entry: entries.length + 1, reason } };
}

/** The entry, or what is wrong with it. */
function readEntry(line: string, before: readonly AuditEntry[], head: string): AuditEntry | string {
  const parsed = auditEntry.safeParse(toJson(line));
  if (!parsed.success) return 'it is not an entry';
  const entry = parsed.data;
  if (entry.hash !== sealOf(entry)) return 'it was edited: it does not match its hash';
  if (entry.seq !== before.length)
    return `it is entry ${entry.seq + 1}: entries were removed or put in another order`;
  if (entry.previous !== head) return 'it does not follow from the entry before';
  if (before.length === 0 && entry.event.type !== 'opened') return 'the log does not begin with its opening';
  if (before.at(-1)?.event.type === 'closed') return 'it comes after the log was closed';
  const { event } = entry;
  if (event.type === 'closed' && event.entries !== before.length)
    return 'it counts other entries than there are';
  return entry;
}

function faultOfEnd(entries: readonly AuditEntry[]): string | undefined {
  if (entries.length === 0) return 'the log is empty';
  if (entries.at(-1)?.event.type === 'closed') return undefined;
  return 'it is missing: the log was cut off here, or its run was killed';
}

function toJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
