import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readLedger } from '../../src/evaluation/batch/ledger.ts';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

const run = promisify(execFile);

/** A run of this task leaves about 80 KB. */
const TASK = 'version: 1\nid: easy\ninstruction: take a screenshot\nchecks: [{ command: "true" }]\n';

it('a disk that fills takes no result that was there before, and the batch goes on once there is room', async () => {
  if (process.getuid?.() !== 0)
    throw new Error('This test mounts a small file system, for which it has to be root.');
  await using folder = await createTemporaryFolder();
  const disk = join(folder.path, 'small');
  await mkdir(disk);
  await writeFile(join(folder.path, 'easy.yaml'), TASK);
  const out = join(disk, 'batch');
  await run('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'deskhand-test', disk]);
  try {
    const argv = [
      'eval',
      'run',
      join(folder.path, 'easy.yaml'),
      '--trials',
      '4',
      '--parallel',
      '1',
      '--out',
      out,
    ];
    const full = await runCli(argv);
    expect(full.stderr).toContain('the disk is full');
    expect(full.stderr).toContain('(disk-full)');
    expect(full.stderr).toContain(`deskhand eval resume ${out} --retry-invalid`);
    expect(full.code).toBe(5);
    const before = (await readLedger(join(out, 'ledger.jsonl'))).records;
    const sound = [...before].filter(([, { verdict }]) => verdict === 'passed');
    expect(sound.length).toBeGreaterThanOrEqual(1);
    expect([...before.values()].every(({ verdict }) => verdict === 'passed' || verdict === 'invalid')).toBe(
      true,
    );

    await run('mount', ['-o', 'remount,size=10m', disk]);
    const resumed = await runCli(['eval', 'resume', out, '--retry-invalid', '--parallel', '1']);
    expect(`${resumed.code} ${resumed.stderr}`).toMatch(/^0 /);
    const after = (await readLedger(join(out, 'ledger.jsonl'))).records;
    expect([...after.values()].map(({ verdict }) => verdict)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
    ]);
    for (const [trial, record] of sound) expect(after.get(trial)).toEqual(record);
  } finally {
    await run('umount', [disk]);
  }
});
