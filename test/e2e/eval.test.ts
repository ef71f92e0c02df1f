import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trialRecord } from '../../src/evaluation/batch/trial.ts';
import { readLedger } from '../../src/evaluation/batch/ledger.ts';
import { type CliProcess, createTemporaryFolder, runCli, startCli } from '../support/cli.ts';

/** A suite in a folder of its own: tasks that are done by saying something, so that they take no time. */
async function writeSuite(folder: string, tasks: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, 'suite');
  await mkdir(join(path, 'tasks'), { recursive: true });
  await writeFile(join(path, 'suite.yaml'), 'version: 1\nid: small\ntasks: [tasks/*.yaml]\n');
  for (const [id, text] of Object.entries(tasks)) {
    await writeFile(
      join(path, 'tasks', `${id}.yaml`),
      `version: 1\nid: ${id}\ninstruction: take a screenshot\n${text}`,
    );
  }
  return path;
}

const SAYS_42 = 'checks: [{ message: "42" }]\nreference: { message: "It is 42." }\n';

describe.concurrent('deskhand eval check', () => {
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

/** Resolves when the command has said something on standard error, where progress goes. */
async function said(cli: CliProcess, text: string): Promise<void> {
  const found = Promise.withResolvers<void>();
  const look = (): void => {
    if (cli.output().stderr.includes(text)) found.resolve();
  };
  cli.child.stderr?.on('data', look);
  look();
  const ended = cli.exited.then(({ stderr }) => {
    if (!stderr.includes(text)) throw new Error(`It ended before it said "${text}":\n${stderr}`);
  });
  await Promise.race([found.promise, ended]);
}

const PASSES = 'checks: [{ command: "true" }]\n';
const FAILS = 'checks: [{ file: ~/none }, { command: "true" }]\n';

describe.concurrent('deskhand eval run', () => {
  it('tries every task, counts, reports, and compares', async () => {
    await using folder = await createTemporaryFolder();
    const suite = await writeSuite(folder.path, { easy: PASSES, hard: FAILS });
    const out = join(folder.path, 'batch');
    const argv = [
      'eval',
      'run',
      suite,
      '--trials',
      '2',
      '--parallel',
      '2',
      '--out',
      out,
      '--fail-under',
      '80',
    ];
    const { code, stdout, stderr } = await runCli(argv);
    expect(`${stdout}\n${stderr}`).toMatch(/local +4 +2 +50\.0 % +0\.0 % to 100\.0 % +0 /);
    expect(code).toBe(1);
    const lines = (await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n');
    const results = lines.map((line) => trialRecord.parse(JSON.parse(line)));
    expect(results.toSorted((a, b) => a.trial.localeCompare(b.trial))).toMatchObject([
      { trial: 'easy local 1', verdict: 'passed', score: 1 },
      { trial: 'easy local 2', verdict: 'passed' },
      { trial: 'hard local 1', verdict: 'failed', score: 0.5 },
      { trial: 'hard local 2', verdict: 'failed' },
    ]);
    const names = [
      'junit.xml',
      'ledger.jsonl',
      'report.html',
      'results.csv',
      'results.jsonl',
      'runs',
      'summary.json',
    ];
    expect(await readdir(out)).toEqual(names);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('"picture":"');
    const compared = await runCli(['eval', 'compare', out, out]);
    expect(compared.stdout).toContain('2 tasks in both: 50.0 % before, 50.0 % after\ndifference: 0.0 points');
  });

  it('goes on after kill -9, with nothing done twice and nothing lost', async () => {
    await using folder = await createTemporaryFolder();
    const suite = await writeSuite(folder.path, { easy: PASSES });
    const out = join(folder.path, 'batch');
    const argv = ['eval', 'run', suite, '--trials', '4', '--parallel', '1', '--out', out];
    const killed = startCli(argv);
    await said(killed, '[2/4]');
    killed.child.kill('SIGKILL');
    await killed.exited;
    const before = await readLedger(join(out, 'ledger.jsonl'));
    expect(before.records.size).toBeGreaterThanOrEqual(2);
    const { code, stderr } = await runCli(['eval', 'resume', out, '--parallel', '1']);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `${4 - before.records.size} trials, 1 at a time, ${before.records.size} done before`,
    );
    const after = await readLedger(join(out, 'ledger.jsonl'));
    expect([...after.records.keys()]).toEqual([1, 2, 3, 4].map((number) => `easy local ${number}`));
    for (const [trial, record] of before.records) expect(after.records.get(trial)).toEqual(record);
  });

  it('ends cleanly when it is stopped, and says how to go on', async () => {
    await using folder = await createTemporaryFolder();
    const suite = await writeSuite(folder.path, { easy: PASSES });
    const out = join(folder.path, 'batch');
    const stopped = startCli(['eval', 'run', suite, '--trials', '3', '--parallel', '1', '--out', out]);
    await said(stopped, '[1/3]');
    stopped.child.kill('SIGINT');
    const { code, stdout } = await stopped.exited;
    expect(code).toBe(130);
    expect(stdout).toContain(`deskhand eval resume ${out}`);
    expect(await readdir(out)).not.toContain('lock.json');
  });
});
