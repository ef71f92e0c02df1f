import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDesktop } from '../../../src/adapters/open-desktop.ts';
import { loadTaskFile } from '../../../src/evaluation/task/task-file.ts';
import { prepareTask, verifyTask } from '../../../src/task-on-desktop.ts';
import { createTemporaryFolder } from '../../support/cli.ts';
import { Bench, nothing } from '../sandbox/desktop.ts';

const CONFIG = {
  display: { width: 1024, height: 768 },
  sandbox: { network: 'none', memoryBytes: 1024 ** 3, cpus: 2, pidsLimit: 256, vnc: 'auto' },
  settle: {},
} as const;

/** What a browser would do with a form, and what an editor with a picture. */
const POST =
  "import urllib.parse as p, urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/thanks.html', p.urlencode({'name': 'Zoë', 'size': 'L'}).encode()).read().decode())";

const TASK = `
version: 1
id: everything
instruction: x
setup:
  files:
    - { path: ~/notes.txt, content: "Remember the milk\\n" }
    - { path: ~/blue.png, from: blue.png }
  serve: [{ folder: shop }]
  commands:
    - printf 408 | xclip -selection clipboard
    - mkdir -p ~/Letters && echo "Dear May" > ~/Letters/may.txt && tar -C ~ -czf ~/letters.tgz Letters
  open: [mousepad ~/notes.txt]
  wait:
    - window: notes.txt - Mousepad
    - { text: Remember the milk, timeout: 20s }
checks:
  - { name: form, command: [python3, -c, "${POST}"], stdout: { contains: Thank you } }
  - { data: /tmp/deskhand-web/8000.json, at: "$[*].fields", values: [{ name: Zoë, size: L }] }
  - { command: "python3 -c \\"import urllib.request as r; r.urlopen('http://127.0.0.1:8000/')\\"" }
  - { window: { matches: "notes\\\\.txt" } }
  - { process: mousepad }
  - { process: galculator, running: false }
  - { clipboard: { equals: "408" } }
  - { archive: ~/letters.tgz, files: { Letters/may.txt: { equals: Dear May } }, only: true }
  - { image: ~/blue.png, like: blue.png }
  - { screen: { visible: Remember the milk, notVisible: Forget it } }
  - { script: look.sh, arguments: [~/notes.txt] }
  - { not: { window: Galculator } }
  - { name: hangs, command: sleep 60, timeout: 1s }
`;

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

it('makes a desktop ready for a task, and sees everything that the checks ask for', async () => {
  await using folder = await createTemporaryFolder();
  const blue = sharp({ create: { width: 40, height: 30, channels: 3, background: 'blue' } });
  await blue.png().toFile(join(folder.path, 'blue.png'));
  await mkdir(join(folder.path, 'shop'));
  await writeFile(join(folder.path, 'shop', 'index.html'), '<h1>Shop</h1>');
  await writeFile(join(folder.path, 'shop', 'thanks.html'), '<h1>Thank you</h1>');
  await writeFile(join(folder.path, 'look.sh'), '#!/bin/sh -e\nHOME=/home/user\neval "test -f $1"\n');
  await writeFile(join(folder.path, 'task.yaml'), TASK);
  const task = await loadTaskFile(join(folder.path, 'task.yaml'));
  await using driver = await bench.driver();
  await using desktop = await openDesktop(driver, { config: CONFIG, runId: bench.runId });
  const { signal } = new AbortController();
  await prepareTask(task, desktop, { signal });
  const options = { signal, finalMessage: undefined, allowsHostScripts: false };
  const results = await verifyTask(task, desktop, options);
  const wrong = results.filter(({ result }) => result !== 'passed');
  expect(wrong.map(({ name, result }) => `${name}: ${result}`)).toEqual(['hangs: error']);
});

it('leaves nothing behind', async () => {
  expect(await bench.leftovers()).toEqual(nothing);
});
