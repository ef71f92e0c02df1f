import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

async function writeOsworld(folder: string, tasks: Readonly<Record<string, object>>): Promise<string> {
  const from = join(folder, 'evaluation_examples');
  await mkdir(join(from, 'examples/os'), { recursive: true });
  for (const [id, fields] of Object.entries(tasks)) {
    const task = { id, instruction: 'Write yes to a.txt.', related_apps: ['os'], config: [], ...fields };
    await writeFile(join(from, `examples/os/${id}.json`), JSON.stringify(task, null, 2));
  }
  return from;
}

const evaluator = {
  func: 'check_include_exclude',
  result: { type: 'vm_command_line', command: 'cat ~/a.txt', shell: true },
  expected: { type: 'rule', rules: { include: ['yes'] } },
};
const WRITES = { type: 'execute', parameters: { command: 'echo yes > ~/a.txt', shell: true } };

it('imports tasks of OSWorld into a suite that eval check does', async () => {
  await using folder = await createTemporaryFolder();
  const from = await writeOsworld(folder.path, {
    open: { evaluator },
    done: { evaluator, config: [WRITES] },
    impossible: { evaluator: { func: 'infeasible' } },
    office: { evaluator, related_apps: ['libreoffice_calc'] },
  });
  const out = join(folder.path, 'suite');
  const imported = await runCli(['eval', 'import', 'osworld', from, '--out', out]);
  expect(imported.stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    '4 tasks, 3 mapped',
    '',
    'TASKS ONLY THIS MISSING',
    '1 1 application libreoffice calc',
    '',
    `next: deskhand eval check ${out}`,
    `by task: ${out}/import.json`,
    '',
  ]);
  expect(imported.code).toBe(0);
  expect(await readFile(join(out, 'import.json'), 'utf8')).toContain('"libreoffice calc"');
  const checked = await runCli(['eval', 'check', out, '--out', join(folder.path, 'checked')]);
  expect(`${checked.stdout}\n${checked.stderr}`).toContain(
    '✗ done: its checks pass after the counter-example',
  );
  for (const id of ['open', 'impossible']) {
    expect(checked.stdout).toContain(
      `- ${id} has no reference: only that nothing passes by itself was tried`,
    );
  }
  const again = await runCli(['eval', 'import', 'osworld', from, '--out', out]);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain(`--out: ${out} is not empty.`);
});

it('knows no other format', async () => {
  const { code, stderr } = await runCli(['eval', 'import', 'webarena', '.']);
  expect(code).toBe(2);
  expect(stderr).toContain('expected a format that is known: osworld; has "webarena"');
});
