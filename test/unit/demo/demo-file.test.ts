import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { rm } from 'node:fs/promises';
import { demoJsonSchema, loadDemo } from '../../../src/demo/demo-file.ts';

async function write(yaml: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-demo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } });
  await writeFile(join(folder, 'icon.png'), await picture.png().toBuffer());
  await writeFile(join(folder, 'icon.jpg'), await picture.jpeg().toBuffer());
  await writeFile(join(folder, 'demo.yaml'), yaml);
  return join(folder, 'demo.yaml');
}

test('the shipped demo can be read, with the setup and the checks of its task', async () => {
  const demo = await loadDemo(join(import.meta.dirname, '../../../examples/demos/editor.yaml'));
  expect([demo.isHuman, demo.seed, demo.clock]).toEqual([true, 1, '2026-01-15T09:00:00.000Z']);
  expect(demo.steps[0]).toEqual({
    say: 'The editor holds a short story about a cat.',
    do: 'wait until "Mousepad" is visible',
  });
  expect(demo.task.setup.files).toHaveLength(1);
  expect(demo.task.checks).toHaveLength(1);
  expect(demo.task.title).toBe("Replace a word everywhere with the editor's dialog");
});

test('a demo of its own: pictures, captions alone, no task', async () => {
  const path = await write(
    'version: 1\ntitle: T\ndisplay: 800x600\nsteps:\n  - say: Hello.\n  - click: { image: icon.png }\n',
  );
  const demo = await loadDemo(path);
  expect(demo.steps).toEqual([
    { say: 'Hello.', do: undefined },
    {
      say: undefined,
      picture: {
        snippet: expect.any(Uint8Array),
        name: 'icon.png',
        at: undefined,
        toAction: expect.any(Function),
      },
    },
  ]);
  expect([demo.task.display, demo.task.checks, demo.clock]).toEqual([
    { width: 800, height: 600 },
    [],
    undefined,
  ]);
});

test('all that is wrong is told at once, by line, column and field', async () => {
  const path = await write(
    [
      'version: 1',
      'title: T',
      'steps:',
      '  - do: fly to the moon',
      '  - click: { image: none.png }',
      '  - click: { image: icon.jpg }',
    ].join('\n'),
  );
  const error = await loadDemo(path, { name: 'demo.yaml' }).catch((thrown: unknown) => thrown);
  const message = error instanceof Error ? error.message : '';
  expect(message.split('\n')).toEqual([
    '3 problems in demo.yaml:',
    expect.stringMatching(/^ {2}demo\.yaml:4:9 steps\[0\]\.do: .*fly/),
    expect.stringMatching(/^ {2}demo\.yaml:5:21 steps\[1\]\.click\.image: there is no file .*none\.png$/),
    expect.stringMatching(/^ {2}demo\.yaml:6:21 steps\[2\]\.click\.image: .*icon\.jpg is not a PNG$/),
  ]);
});

test.each([
  ['steps: []', 'steps'],
  ['steps: [{}]', 'expected at least one of say, do, click'],
  [
    'steps: [{ do: press ENTER, click: { image: icon.png } }]',
    'expected only one of do, click, double-click, hover, drag, scroll',
  ],
  ['steps: [{ do: press ENTER }]\nclock: noon', 'expected real or a time with its zone'],
  ['steps: [{ do: press ENTER }]\nspeed: 3', 'unknown field'],
])('what is no demo is refused: %s', async (rest, message) => {
  await expect(loadDemo(await write(`version: 1\ntitle: T\n${rest}\n`))).rejects.toThrow(message);
});

test('docs/demo.schema.json is what the code reads', async () => {
  const style = await resolveConfig(import.meta.filename);
  const text = await format(JSON.stringify(demoJsonSchema()), { ...style, parser: 'json' });
  await expect(text).toMatchFileSnapshot('../../../docs/demo.schema.json');
});
