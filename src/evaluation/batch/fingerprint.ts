import { createHash } from 'node:crypto';
import type { Suite } from '../suite/suite-file.ts';

/** The same for suites whose tasks are the same, files that they copy in among them. */
export async function fingerprintOf(suite: Suite): Promise<string> {
  const hash = createHash('sha256');
  for (const { id, load } of suite.tasks) {
    const { origin: _origin, assets, ...task } = await load(1);
    hash.update(`${id}\n${JSON.stringify(task, showPattern)}\n`);
    for (const [name, { content }] of assets) hash.update(name).update(content);
  }
  return hash.digest('hex');
}

/** JSON has no patterns: two that differ must not look the same. */
function showPattern(_key: string, value: unknown): unknown {
  return value instanceof RegExp ? String(value) : value;
}
