import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toDialogue } from '../../../src/recording/export/dialogue.ts';
import { buildReport } from '../../../src/recording/report/build-report.ts';
import { readTrajectory } from '../../../src/recording/reader.ts';
import { toRunFolder } from '../../../src/recording/run-folder.ts';
import { temporaryFolder } from '../recording/sample-run.ts';
import { recordDrawnRun } from '../recording/report/drawn-run.ts';
import { runCommand } from './run-command.ts';

const FORMATS = ['responses', 'chat'] as const;

/** A run, its export and what was imported of that. */
async function imported(format: string) {
  const root = await temporaryFolder();
  const run = await recordDrawnRun(join(root.path, 'first'), { steps: 3 });
  const file = join(root.path, 'exported.jsonl');
  await runCommand(root.path, 'runs', 'export', run.path, '--format', format, '--output', file);
  const made = await runCommand(root.path, 'runs', 'import', file, '--format', format);
  expect(made).toEqual({ code: 0, stdout: expect.stringMatching(/\/runs\/.*\n/), stderr: '' });
  const folder = toRunFolder(made.stdout.trim());
  return { root, run, file, folder, [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() };
}

it.each(FORMATS)('makes a run of an export as %s that is exported the same again', async (format) => {
  await using made = await imported(format);
  const { lines, end } = await readTrajectory(made.folder.trajectory);
  const recorded = await readTrajectory(made.run.trajectory);
  expect(toDialogue(lines)).toEqual(toDialogue(recorded.lines));
  const again = await runCommand(made.root.path, 'runs', 'export', 'last', '--format', format);
  expect(again).toEqual({ code: 0, stdout: await readFile(made.file, 'utf8'), stderr: '' });
  expect(await readdir(made.folder.frames)).toEqual(await readdir(made.run.frames));
  // The call that was refused was answered too, and an export does not tell the difference.
  const descriptions = lines.flatMap(({ event }) => (event.type === 'step' ? [event.description] : []));
  const done = recorded.lines.flatMap(({ event }) => (event.type === 'step' ? [event.description] : []));
  expect(descriptions).toEqual([...done, 'right-click at (1439, 899) holding Control']);
  expect(end).toMatchObject({ outcome: 'completed', verification: 'unverified', times: {} });
});

it('is shown, reported and listed as a run that tells less', async () => {
  await using made = await imported('responses');
  const shown = await runCommand(made.root.path, 'runs', 'show', 'last');
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/model +imported:not told\n/);
  expect(shown.stdout).toMatch(/task +I see the editor\.\n/);
  await buildReport(made.folder);
  const report = (await readFile(made.folder.report, 'utf8')).replaceAll(/\s+/g, ' ');
  expect(report).toContain('which tells no times, no decisions and no desktop.');
  expect(report).toContain('Right-click at (1439, 899)');
  expect(report).not.toContain('<dt>Time</dt>');
  const differs = await runCommand(made.root.path, 'diff', made.run.path, 'last');
  expect(differs.code).toBe(6);
});

it('is neither replayed nor resumed', async () => {
  await using made = await imported('chat');
  const replay = await runCommand(made.root.path, 'replay', 'last');
  expect(replay.code).toBe(2);
  expect(replay.stderr).toContain('nothing to replay: it was imported, and an export tells of no desktop.');
  const resume = await runCommand(made.root.path, 'resume', 'last');
  expect(resume).toMatchObject({ code: 2, stderr: expect.stringContaining('The run has ended: completed') });
});

const NO_PNG = `data:image/png;base64,${Buffer.from('no picture').toString('base64')}`;
const message = (...content: readonly object[]): string =>
  `${JSON.stringify({ type: 'message', role: 'user', content })}\n`;

it.each([
  ['nothing', 'responses', '', /x\.jsonl is empty\./],
  ['no JSON', 'responses', 'hello', /x\.jsonl: Line 1 is not an item of the Responses API: it is not JSON\./],
  [
    'a field that is missing in the second line',
    'responses',
    `${message({ type: 'input_text', text: 'Go' })}{"type":"function_call","call_id":"a","name":"b"}`,
    /x\.jsonl: Line 2 is not an item of the Responses API: arguments: /,
  ],
  ['no picture', 'responses', message({ type: 'input_text', text: 'Go' }), /x\.jsonl shows no screen/],
  [
    'a picture that is none',
    'responses',
    message({ type: 'input_image', image_url: NO_PNG }),
    /x\.jsonl: picture 1 is not a PNG: /,
  ],
  [
    'items as a chat',
    'chat',
    '{"type":"reasoning","summary":[]}',
    /x\.jsonl: The example is no chat: messages: .*\nhint: --format chat reads/,
  ],
])('refuses a file of %s, and leaves no run', async (_what, format, text, words) => {
  await using root = await temporaryFolder();
  await writeFile(join(root.path, 'x.jsonl'), text);
  await mkdir(join(root.path, 'runs'));
  const { code, stderr } = await runCommand(root.path, 'runs', 'import', 'x.jsonl', '--format', format);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
  expect(await readdir(join(root.path, 'runs'))).toEqual([]);
});

it('tells of pictures that are not in the file', async () => {
  await using made = await imported('responses');
  const elsewhere = message({ type: 'input_image', image_url: 'https://example.org/x.png' });
  await writeFile(made.file, (await readFile(made.file, 'utf8')) + elsewhere);
  const { code, stderr } = await runCommand(made.root.path, 'runs', 'import', made.file);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'warning: 1 pictures were left out: only a PNG in a data: URL is taken\n',
  });
});

it('names a file that is not there, and a format that is none', async () => {
  await using root = await temporaryFolder();
  const missing = await runCommand(root.path, 'runs', 'import', 'none.jsonl');
  expect(missing.stderr).toMatch(/Cannot read .*none\.jsonl: it does not exist\./);
  expect(missing.code).toBe(5);
  const odd = await runCommand(root.path, 'runs', 'import', 'none.jsonl', '--format', 'csv');
  expect(odd).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected responses or chat; has "csv"'),
  });
});
