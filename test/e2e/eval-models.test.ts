import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { trialRecord, type TrialRecord } from '../../src/evaluation/batch/trial.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { serve } from '../support/served-run.ts';

async function writeSuite(folder: string, tasks: Readonly<Record<string, object>>): Promise<string> {
  await mkdir(join(folder, 'suite'));
  const path = (name: string) => join(folder, 'suite', name);
  await writeFile(path('suite.yaml'), 'version: 1\nid: small\ntasks: ["*.json"]\n');
  for (const [id, fields] of Object.entries(tasks)) {
    await writeFile(
      path(`${id}.json`),
      JSON.stringify({ version: 1, id, instruction: 'take a screenshot', ...fields }),
    );
  }
  return path('');
}

async function readResults(out: string): Promise<readonly TrialRecord[]> {
  const lines = (await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => trialRecord.parse(JSON.parse(line)));
}

function all({ code, stdout, stderr }: CliResult): string {
  return `${code} ${stdout}\n${stderr}`;
}

const WRITES = {
  instruction: 'Write hello into the file that is open, and save it.',
  setup: {
    files: [{ path: '~/notes.txt', content: '' }],
    open: ['mousepad ~/notes.txt'],
    wait: [{ window: 'notes.txt' }],
  },
  checks: [{ file: '~/notes.txt', equals: 'hello' }],
};

it.concurrent('does a reference that was recorded, and finds checks that it does not meet', async () => {
  const actions = [
    { type: 'type', text: 'hello' },
    { type: 'keypress', keys: ['CTRL', 'S'] },
  ];
  await using stage = await serve([[callDraft(actions)], [messageDraft('Done.')]]);
  const suite = await writeSuite(stage.folder.path, { write: WRITES });
  const url = stage.argv[stage.argv.indexOf('--base-url') + 1] ?? '';
  const cassette = join(suite, 'write.cassette.jsonl');
  const runs = join(stage.folder.path, 'runs');
  const argv = ['run', join(suite, 'write.json'), '--model', 'openai', '--base-url', url, '--runs', runs];
  const recorded = await runCli([...argv, '--record-model', cassette], { env: stage.env });
  expect(all(recorded)).toMatch(/^0 /);

  const reference = { recording: 'write.cassette.jsonl' };
  const task = { version: 1, id: 'write', ...WRITES, reference };
  await writeFile(join(suite, 'write.json'), JSON.stringify(task));
  const good = await runCli(['eval', 'check', suite]);
  expect(all(good)).toContain('✔ write\n1 of 1 tasks tell their reference from their counter-example');
  expect(good.code).toBe(0);

  const wrong = { ...task, checks: [{ file: '~/notes.txt', equals: 'goodbye' }] };
  await writeFile(join(suite, 'write.json'), JSON.stringify(wrong));
  const kept = join(stage.folder.path, 'bad');
  const bad = await runCli(['eval', 'check', suite, '--out', kept]);
  expect(all(bad)).toContain('✗ write: its checks fail after the reference');
  expect(bad.code).toBe(1);
  expect(stage.brain.requests).toHaveLength(2);
});

it.concurrent('tries every task with every model, and counts each model by itself', async () => {
  const answer = ({ model }: { readonly model: string }) => [
    messageDraft(model === 'gpt-5.4' ? 'It is 42.' : 'It is 41.'),
  ];
  await using stage = await serve([answer, answer, answer, answer]);
  const checks = [{ message: '42' }];
  const suite = await writeSuite(stage.folder.path, { one: { checks }, two: { checks } });
  const url = stage.argv[stage.argv.indexOf('--base-url') + 1] ?? '';
  const out = join(stage.folder.path, 'out');
  const models = 'openai:gpt-5.4,openai:computer-use-preview';
  const argv = ['eval', 'run', suite, '--model', models, '--base-url', url, '--parallel', '2', '--out', out];
  const ran = await runCli(argv, { env: stage.env });
  expect(all(ran)).toMatch(/^0 /);
  expect(ran.stdout).toMatch(/^openai:gpt-5\.4 +2 +2 +100\.0 %/m);
  expect(ran.stdout).toMatch(/^openai:computer-use-preview +2 +0 +0\.0 %/m);
  expect(ran.stdout).toMatch(/^all +4 +2 +50\.0 %/m);
  const results = await readResults(out);
  expect(results.map(({ trial, verdict }) => `${trial}: ${verdict}`).toSorted()).toEqual([
    'one openai:computer-use-preview 1: failed',
    'one openai:gpt-5.4 1: passed',
    'two openai:computer-use-preview 1: failed',
    'two openai:gpt-5.4 1: passed',
  ]);
});

it.concurrent('counts what the judge costs in the budget of the batch', async () => {
  const verdict = [messageDraft('It is there.\nVERDICT: YES')];
  await using stage = await serve([verdict, verdict, verdict, verdict]);
  const suite = await writeSuite(stage.folder.path, { look: { checks: [{ judge: 'A desktop is seen.' }] } });
  const url = stage.argv[stage.argv.indexOf('--base-url') + 1] ?? '';
  const argv = ['eval', 'run', suite, '--model', 'local', '--judge', 'openai:gpt-5.4', '--base-url', url];
  const prices = join(stage.folder.path, 'prices.yaml');
  const price = '{ input: 10, cachedInput: 10, output: 10 }';
  await writeFile(prices, `date: 2026-11-22\nsource: a test\nmodels: { gpt-5.4: ${price} }\n`);
  const more = ['--prices', prices, '--trials', '2', '--parallel', '1', '--out'];
  const [rich, poor] = [join(stage.folder.path, 'rich'), join(stage.folder.path, 'poor')];
  const ran = await runCli([...argv, '--budget-usd', '50', ...more, rich], { env: stage.env });
  expect(all(ran)).toMatch(/^0 /);
  const [first] = await readResults(rich);
  expect(first).toMatchObject({ verdict: 'passed', costUsd: 0 });
  expect(first?.judgeCostUsd).toBeGreaterThan(0);
  expect(stage.brain.requests).toHaveLength(2);
  const stopped = await runCli([...argv, '--budget-usd', '0.01', ...more, poor], { env: stage.env });
  expect(all(stopped)).toContain('The budget of 0.01 $ is spent.');
  expect(stopped.code).toBe(4);
});
