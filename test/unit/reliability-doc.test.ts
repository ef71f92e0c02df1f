import { access, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

it('docs/reliability.md names tests that there are, one in each row of its faults', async () => {
  const text = await readFile(new URL('docs/reliability.md', ROOT), 'utf8');
  const rows = text
    .slice(text.indexOf('## Faults'))
    .split('\n')
    .filter((line) => /^\| (?!-|fault )/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const named = [...row.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, path = '']) => path);
    expect({ row, named }).not.toEqual({ row, named: [] });
    await Promise.all(named.map(async (path) => await access(fileURLToPath(new URL(path, ROOT)))));
  }
});
