import { createServer } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTemporaryFolder, runCli } from '../support/cli.ts';
import { portOf } from '../support/port-of.ts';

const GRADER = '#!/bin/sh\ncmp -s "$HOME/notes.txt" /tmp/gold.txt\n';

it('gives a sandbox without a network what its task wants from an allowed host, and fetches it once', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('The cat sat.\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${portOf(server)}`;
  await using folder = await createTemporaryFolder();
  const suite = join(folder.path, 'suite');
  await mkdir(suite);
  await writeFile(join(suite, 'suite.yaml'), 'version: 1\nid: fetched\ntasks: [task.yaml]\n');
  await writeFile(join(suite, 'same.sh'), GRADER);
  const task = {
    version: 1,
    id: 'fetch',
    instruction: 'take a screenshot',
    setup: {
      downloads: [{ url: `http://${host}/notes.txt`, path: '~/notes.txt' }],
      // The model's desktop holds nothing of what the check compares with.
      commands: ['test -s ~/notes.txt && test ! -e /tmp/gold.txt'],
    },
    checks: [{ script: 'same.sh', downloads: [{ url: `http://${host}/gold.txt`, path: '/tmp/gold.txt' }] }],
  };
  await writeFile(join(suite, 'task.yaml'), JSON.stringify(task));
  const out = join(folder.path, 'out');
  const argv = ['eval', 'run', suite, '--trials', '3', '--parallel', '1', '--out', out];
  try {
    const refused = await runCli(argv);
    expect(refused.stderr).toContain(`The tasks want files from hosts that are not allowed: ${host}.`);
    expect(refused.stderr).toContain(`--allow-download ${host}`);
    expect(refused.code).toBe(2);
    expect(asked).toEqual([]);
    const { code, stdout, stderr } = await runCli([...argv, '--allow-download', host]);
    expect(stdout, `${stdout}\n${stderr}`).toMatch(/local +3 +3 +100\.0 %/);
    expect(code).toBe(0);
    expect(asked.toSorted()).toEqual(['/gold.txt', '/notes.txt']);
    expect(await readFile(join(out, 'results.jsonl'), 'utf8')).toContain('"verdict":"passed"');
  } finally {
    server.close();
  }
});
