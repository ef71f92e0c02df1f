import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTemporaryFolder, ROOT, runCli } from '../support/cli.ts';

const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.yaml'));

it.concurrent.each(EXAMPLES)('the local model does examples/%s, and its checks pass', async (name) => {
  await using folder = await createTemporaryFolder();
  const { code, stdout, stderr } = await runCli(['run', join('examples', name), '--runs', folder.path]);
  expect(stdout, `${stdout}\n${stderr}`).toContain('completed and verified');
  expect(code).toBe(0);
});
