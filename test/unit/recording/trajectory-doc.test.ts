import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trajectoryDoc } from './trajectory-doc.ts';

const PATH = join(import.meta.dirname, '../../../docs/trajectory.md');

test('docs/trajectory.md says what the schema says', async () => {
  const expected = await trajectoryDoc();
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(PATH, expected);
  const page = await readFile(PATH, 'utf8');
  expect(page, 'run UPDATE_DOCS=1 npx vitest run test/unit/recording/trajectory-doc').toBe(expected);
});
