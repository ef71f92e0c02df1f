import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toMessage } from '../../errors.ts';
import { blamingFile, type ContentKinds, UnreadableError } from './content.ts';

const MAX_ROWS = 10_000;

/** What a query finds. The database is a copy, opened for reading, without extensions. */
export async function readRows({
  bytes,
  query,
}: ContentKinds['rows']['request']): Promise<readonly (readonly unknown[])[]> {
  // Loaded here: most runs check no database, and Node announces the module as experimental.
  const sqlite = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-database-'));
  try {
    const path = join(folder, 'copy.sqlite');
    await writeFile(path, bytes, { mode: 0o600 });
    using database = new sqlite.DatabaseSync(path, { readOnly: true, allowExtension: false });
    await blamingFile(() => database.prepare('SELECT count(*) FROM sqlite_schema').get());
    const rows: unknown[][] = [];
    for (const row of prepare(database, query).iterate()) {
      if (rows.length === MAX_ROWS) throw new UnreadableError(`the query finds more than ${MAX_ROWS} rows`);
      rows.push(Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value)));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A table or a column that is missing is missing in the file; other mistakes are the query's. */
function prepare(database: DatabaseSync, query: string): StatementSync {
  try {
    return database.prepare(query);
  } catch (thrown) {
    const message = toMessage(thrown);
    throw message.startsWith('no such ') ? new UnreadableError(message, { cause: thrown }) : thrown;
  }
}
