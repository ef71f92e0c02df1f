import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/security.md', root), 'utf8');

/** The rows of the table of promises: what is promised, and the tests that hold it. */
const promises = page
  .slice(page.indexOf('## Promises'), page.indexOf('## Not promised'))
  .split('\n')
  .filter((line) => /^\| (?!promise |-)/.test(line))
  .map((line) => {
    const [, promise = '', tests = ''] = line.split('|').map((cell) => cell.trim());
    return { promise, tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) };
  });

describe('docs/security.md', () => {
  it('has promises', () => {
    expect(promises.length).toBeGreaterThan(10);
  });

  it.each(promises)('names tests that are there: $promise', ({ tests }) => {
    expect(tests).not.toEqual([]);
    expect(
      tests.filter((file) => !/^test\/\S+\.test\.ts$/.test(file) || !existsSync(new URL(file, root))),
    ).toEqual([]);
  });
});
