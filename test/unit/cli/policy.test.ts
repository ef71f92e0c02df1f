import { PassThrough } from 'node:stream';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { recordSampleRun, temporaryFolder } from '../recording/sample-run.ts';

const POLICY = `version: 1
default: allow
rules:
  - { name: editor, when: { application: mousepad }, effect: allow }
  - { name: top-left, when: { action: click, region: { x: 0, y: 0, width: 102, height: 10 } }, effect: ask }
`;

async function cli(cwd: string, ...argv: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context = {
    stdout,
    stderr,
    stdin: new PassThrough(),
    env: {},
    cwd,
    signal: new AbortController().signal,
  };
  const code = await runCli(argv, context);
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

it('checks a policy file and lists what it says', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'policy.yaml'), POLICY);
  expect(await cli(folder.path, 'policy', 'check', 'policy.yaml')).toEqual({
    code: 0,
    stdout: [
      'policy.yaml: 2 rules, default allow',
      'RULE      EFFECT  GOES BY',
      'editor    allow   application',
      'top-left  ask     action, region',
      '',
    ].join('\n'),
    stderr: '',
  });
});

it('says what is wrong with a policy file, and where', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'policy.yaml'), POLICY.replace('default: allow', 'default: maybe'));
  const { code, stderr } = await cli(folder.path, 'policy', 'check', 'policy.yaml');
  expect(code).toBe(2);
  expect(stderr).toContain(
    'policy.yaml:2:10 default: expected one of allow, ask, deny, terminate; has "maybe"',
  );
});

it('explains which rule each step of a run would meet', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'policy.yaml'), POLICY);
  const run = await createRunFolder({ parent: folder.path, name: 'run', clock: systemClock });
  {
    await using recorder = await createFileRecorder({ folder: run, clock: systemClock });
    recordSampleRun(recorder, { turns: 2 });
  }
  const told = await cli(folder.path, 'policy', 'explain', 'policy.yaml', '--trajectory', 'run');
  expect(told).toEqual({
    code: 0,
    stdout: [
      'STEP  ACTION             VERDICT',
      '1     click at (101, 0)  ask by top-left, unless what was in front fits editor',
      '2     click at (102, 0)  allow by default, unless what was in front fits editor',
      '',
    ].join('\n'),
    stderr: '',
  });
  const json = await cli(
    folder.path,
    'policy',
    'explain',
    'policy.yaml',
    '--trajectory',
    'run/trajectory.jsonl',
    '--json',
  );
  expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toEqual({
    step: 1,
    turn: 1,
    shown: 'click at (101, 0)',
    effect: 'ask',
    rule: 'top-left',
    open: ['editor'],
  });
});
