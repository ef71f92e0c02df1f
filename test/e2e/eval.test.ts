import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

/** A suite in a folder of its own: tasks that are done by saying something, so that they take no time. */
async function writeSuite(folder: string, tasks: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, 'suite');
  await mkdir(join(path, 'tasks'), { recursive: true });
  await writeFile(join(path, 'suite.yaml'), 'version: 1\nid: small\ntasks: [tasks/*.yaml]\n');
  for (const [id, text] of Object.entries(tasks)) {
    await writeFile(
      join(path, 'tasks', `${id}.yaml`),
      `version: 1\nid: ${id}\ninstruction: Say it.\n${text}`,
    );
  }
  return path;
}

const SAYS_42 = 'checks: [{ message: "42" }]\nreference: { message: "It is 42." }\n';

describe('deskhand eval check', () => {
  it('finds the task whose checks pass without anything being done', async () => {
    await using folder = await createTemporaryFolder();
    const suite = await writeSuite(folder.path, {
      good: SAYS_42,
      blind: 'checks: [{ file: /etc/passwd }]\nreference: { message: "Done." }\n',
      broken: 'checks: [{ file: ~/a }]\nsetup: { commands: ["exit 3"] }\n',
    });
    const { code, stdout, stderr } = await runCli([
      'eval',
      'check',
      suite,
      '--out',
      join(folder.path, 'out'),
    ]);
    expect(stdout.split('\n').slice(0, 4), `${stdout}\n${stderr}`).toEqual([
      '✗ blind: its checks pass after the counter-example',
      expect.stringMatching(
        /^✗ broken: its counter-example could not be tried: The setup command "exit 3" ended/,
      ),
      '✔ good',
      '1 of 3 tasks tell their reference from their counter-example',
    ]);
    expect(code).toBe(1);
    expect(await readdir(join(folder.path, 'out', 'runs'))).toHaveLength(5);
  });

  it('tells everything that is wrong with a suite before it starts anything', async () => {
    await using folder = await createTemporaryFolder();
    const suite = await writeSuite(folder.path, { a: 'checks: [{ fil: x }]\n', b: 'limit: {}\n' });
    const { code, stderr } = await runCli(['eval', 'check', suite]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/2 problems in .*a\.yaml, .*b\.yaml:/);
  });
});
