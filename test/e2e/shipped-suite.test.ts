import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSuite } from '../../src/evaluation/suite/suite-file.ts';
import { createTemporaryFolder, ROOT, runCli } from '../support/cli.ts';

const SUITE = 'examples/suites/desktop-basics';
/** Some 90 runs, each on a desktop of its own. */
const TIMEOUT_MS = 15 * 60_000;

it(
  'the local model does every task of the shipped suite, and no check takes a likely mistake for success',
  async () => {
    const { tasks } = await loadSuite(SUITE, { cwd: ROOT });
    await using folder = await createTemporaryFolder();
    const argv = ['eval', 'check', SUITE, '--parallel', '2', '--out', join(folder.path, 'out')];
    const { code, stdout, stderr } = await runCli(argv);
    const expected = `${tasks.length} of ${tasks.length} tasks tell their reference from their counter-example`;
    expect(stdout, `${stdout}\n${stderr}`).toContain(expected);
    expect(code).toBe(0);
  },
  TIMEOUT_MS,
);
