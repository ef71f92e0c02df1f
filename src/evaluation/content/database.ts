import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContentKinds } from './content.ts';

const MAX_ROWS = 10_000;

/** What a query finds. The database is a copy, opened for reading, without extensions. */
export async function readRows({
  bytes,
  query,
}: ContentKinds['rows']['request']): Promise<readonly (readonly unknown[])[]> {
  // Loaded here: most runs check no database, and Node announces the module as experimental.
  const { DatabaseSync } = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-database-'));
  try {
    const path = join(folder, 'copy.sqlite');
    await writeFile(path, bytes, { mode: 0o600 });
    using database = new DatabaseSync(path, { readOnly: true, allowExtension: false });
    const rows: unknown[][] = [];
    for (const row of database.prepare(query).iterate()) {
      if (rows.length === MAX_ROWS) throw new Error(`the query finds more than ${MAX_ROWS} rows`);
      rows.push(Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value)));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
