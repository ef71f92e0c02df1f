import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder, runCli, startCli } from '../support/cli.ts';
import { Person } from '../support/person.ts';

const SIZE = { width: 1024, height: 768 };
/** At the right end of the editor's title bar: no text, but a cross. */
const CLOSE_BUTTON = { x: 686, y: 43 };
const TASK = `
version: 1
id: note
title: Write a note
display: 1024x768
instruction: Write a note.
checks:
  - file: ~/tide.txt
    equals: |-
      The tide leaves a tip.
      It comes back.
  - command: '! pgrep -x mousepad'
`;

/** What a person does: menus, one of which opens where the pointer rests, text, a dialog, and a button without a text. */
async function writeNote(person: Person): Promise<void> {
  await person.click('Applications');
  await person.hover('Accessories');
  await person.click('Mousepad');
  await person.find('Untitled 1 - Mousepad');
  await person.type('The tide leaves a tup');
  await person.press('Backspace');
  await person.press('Backspace');
  await person.type('ip.');
  await person.press('Enter');
  await person.type('It comes back.');
  await person.click('File');
  await person.click('Save As...');
  await person.find('Name:');
  await person.type('tide.txt');
  await person.click('Save');
  await person.find('~/tide.txt - Mousepad');
  await person.hands.pointer.click(CLOSE_BUTTON, 'left');
}

async function play(file: string, runs: string) {
  const { code, stdout } = await runCli(['demo', 'play', file, '--assert', '--runs', runs]);
  return [code, /\d of \d checks passed/.exec(stdout)?.[0] ?? stdout];
}

describe('deskhand demo record', { timeout: 480_000 }, () => {
  it('writes a demo of what a person does in a viewer, which can be played as a test', async () => {
    await using folder = await createTemporaryFolder();
    const [task, file] = [join(folder.path, 'note.yaml'), join(folder.path, 'demo.yaml')];
    await writeFile(task, TASK);
    const recording = startCli(['demo', 'record', file, '--task', task]);
    await expect.poll(() => recording.output().stdout.split('\n').length, { timeout: 120_000 }).toBe(3);
    const [address = '', password = ''] = recording.output().stdout.split('\n');
    {
      await using person = await Person.sitDown(address, password, SIZE);
      await writeNote(person);
    }
    const recorded = await recording.exited;
    expect([recorded.code, recorded.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
    const written = await readFile(file, 'utf8');
    expect(written).toContain('hover over "Accessories"');
    expect(written).toMatch(/click: \{ ?image: demo-1\.png/);
    expect(await play(file, folder.path)).toEqual([0, '2 of 2 checks passed']);

    // The run that it was played in is taken over in its turn, the picture with it.
    const again = join(folder.path, 'again.yaml');
    const flags = ['--task', task, '--runs', folder.path];
    expect((await runCli(['demo', 'record', again, '--from', 'last', ...flags])).code).toBe(0);
    expect(await readFile(again, 'utf8')).toMatch(/click: \{ ?image: again-1\.png/);
  });

  it('ends with Ctrl-C, and writes nothing where nothing was done', async () => {
    await using folder = await createTemporaryFolder();
    const file = join(folder.path, 'demo.yaml');
    const recording = startCli(['demo', 'record', file, '--display', '1024x768']);
    await expect.poll(() => recording.output().stdout.split('\n').length, { timeout: 120_000 }).toBe(3);
    recording.child.kill('SIGINT');
    const { code, stderr } = await recording.exited;
    expect([code, stderr]).toEqual([2, expect.stringContaining('no file is written')]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('takes a run of the local model over, accents and all', async () => {
    await using folder = await createTemporaryFolder();
    const file = join(folder.path, 'poem.yaml');
    const runs = ['--runs', folder.path];
    const run = [
      'run',
      'examples/poem.yaml',
      '--model',
      'local',
      '--gate',
      'auto',
      '--i-accept-the-risk',
      ...runs,
    ];
    expect((await runCli(run)).code).toBe(0);
    const flags = ['--from', 'last', '--task', 'examples/poem.yaml', ...runs];
    expect((await runCli(['demo', 'record', file, ...flags])).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('- do: type "Crème moon over the café, 🌙"');
    expect(await play(file, folder.path)).toEqual([0, '3 of 3 checks passed']);
    const second = await runCli(['demo', 'record', file, ...flags]);
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('is there already')]);
  });
});
