import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { loadDemo } from '../../../../src/demo/demo-file.ts';
import type { DraftStep } from '../../../../src/demo/record/to-steps.ts';
import { refuseExisting, writeDemo } from '../../../../src/demo/record/write-demo.ts';
import { temporaryFolder } from '../../recording/sample-run.ts';

const png = await sharp({ create: { width: 8, height: 6, channels: 3, background: 'red' } })
  .png()
  .toBuffer();
const HEAD = {
  title: 'It: "works"',
  display: { width: 800, height: 600 },
  clock: '2026-01-15T09:00:00.000Z',
};
const STEPS: readonly DraftStep[] = [
  { say: '# No comment' },
  { do: String.raw`type "a: \"b\" # \n"` },
  { problem: 'click at 1, 2: nothing there tells the place' },
  { picture: { png, toFields: (image) => ({ click: { image, at: [1, 2], button: 'right' } }) } },
  { picture: { png, toFields: (image) => ({ drag: { image, by: [[5, -6]], hold: ['Control'] } }) } },
];

test('what is written is short, can be read by a person, and is the demo that it says', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'my.yaml');
  await writeDemo(path, HEAD, STEPS);
  expect((await readFile(path, 'utf8')).split('\n').slice(1)).toEqual([
    'version: 1',
    `title: 'It: "works"'`,
    'display: 800x600',
    'clock: 2026-01-15T09:00:00Z',
    'steps:',
    '  - say: "# No comment"',
    String.raw`  - do: 'type "a: \"b\" # \n"'`,
    '  # not recorded: click at 1, 2: nothing there tells the place',
    '  - click: { image: my-1.png, at: [ 1, 2 ], button: right }',
    '  - drag: { image: my-2.png, by: [ [ 5, -6 ] ], hold: [ Control ] }',
    '',
  ]);
  const demo = await loadDemo(path);
  expect([demo.title, demo.clock, demo.steps.length]).toEqual([HEAD.title, HEAD.clock, 4]);
  const [, , press, drag] = demo.steps;
  expect([press?.picture?.at, press?.picture?.toAction({ x: 1, y: 2 })]).toEqual([
    { x: 1, y: 2 },
    { type: 'click', button: 'right', x: 1, y: 2 },
  ]);
  expect(drag?.picture?.toAction({ x: 10, y: 10 })).toEqual({
    type: 'drag',
    path: [
      { x: 10, y: 10 },
      { x: 15, y: 4 },
    ],
    keys: ['Control'],
  });
});

test('nothing is overwritten, neither the file nor a picture, and nothing is left half', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'my.yaml');
  await writeFile(join(folder.path, 'my-2.png'), 'mine');
  await expect(writeDemo(path, HEAD, STEPS)).rejects.toMatchObject({
    code: 'write-failed',
    message: expect.stringContaining('my-2.png'),
  });
  expect(await readdir(folder.path)).toEqual(['my-2.png']);
  await writeFile(path, 'mine');
  await expect(refuseExisting(path)).rejects.toMatchObject({ code: 'invalid-option' });
});
