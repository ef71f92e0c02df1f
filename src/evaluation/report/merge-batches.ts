import { join, relative } from 'node:path';
import { InputError } from '../../errors.ts';
import type { LedgerReading } from '../batch/ledger.ts';
import type { Batch } from './write-reports.ts';

interface Part extends Pick<LedgerReading, 'header' | 'records'> {
  /** Absolute. */
  readonly folder: string;
}

/**
 * Several shards of one evaluation as one batch, whose report goes to `target`.
 * @throws InputError when they are not of the same suite
 */
export function mergeBatches(parts: readonly Part[], target: string): Batch {
  const [first] = parts;
  if (first === undefined) throw new InputError('invalid-option', 'Name the folder of a batch.');
  const other = parts.find(({ header }) => header.fingerprint !== first.header.fingerprint);
  if (other !== undefined) {
    throw new InputError(
      'invalid-option',
      `${first.folder} and ${other.folder} are not of the same suite, or it has changed between them.`,
    );
  }
  const { shard: _shard, ...header } = first.header;
  const records = parts.flatMap((part) =>
    [...part.records.values()].map(({ folder, ...record }) => ({
      ...record,
      // Links lead from the report to the runs, wherever they are.
      ...(folder === undefined ? {} : { folder: relative(target, join(part.folder, folder)) }),
    })),
  );
  return { header: parts.length === 1 ? first.header : header, records };
}
