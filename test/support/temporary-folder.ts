import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Vitest's global setup: the temporary folders of all tests of a project are in one, which goes with them. */
export async function setup(): Promise<() => Promise<void>> {
  const outer = process.env['TMPDIR'];
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-tests-'));
  process.env['TMPDIR'] = folder;
  return async () => {
    if (outer === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = outer;
    await rm(folder, { recursive: true, force: true });
  };
}
