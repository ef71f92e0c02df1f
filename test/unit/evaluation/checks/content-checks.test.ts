import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContentProcess } from '../../../../src/evaluation/content/content-process.ts';
import { zip } from '../content/zip.ts';
import { outcome } from './checking.ts';
import { HostSandbox } from './host-sandbox.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/content');
const contents = new ContentProcess();
const sandbox = new HostSandbox();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-content-'));
  for (const name of ['letter.odt', 'costs.xlsx', 'shop.sqlite']) {
    await copyFile(join(FIXTURES, name), join(folder, name));
  }
  await writeFile(join(folder, 'a.json'), '{"user":{"name":"Zoë","tags":["x","y"]},"n":3}');
  await writeFile(join(folder, 'a.csv'), 'item,price\ntea,2.50\ncake,4\n');
  await writeFile(
    join(folder, 'a.zip'),
    zip([
      { path: 'a.txt', content: 'one' },
      { path: 'b.txt', content: '' },
    ]),
  );
  for (const ending of ['odt', 'xlsx', 'json', 'zip']) {
    await writeFile(join(folder, `broken.${ending}`), 'no document');
  }
  const red = sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } });
  await writeFile(join(folder, 'red.png'), await red.png().toBuffer());
});

afterAll(async () => {
  await contents[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function outcomeOf(yaml: string): Promise<string> {
  const red = { path: join(folder, 'red.png'), content: await sandbox.readFile(join(folder, 'red.png')) };
  const found = await outcome(yaml.replaceAll('FOLDER', folder), {
    sandbox,
    readContent: contents.read,
    assets: new Map([['red.png', red]]),
  });
  return found.replaceAll(folder, 'FOLDER');
}

const CASES: readonly (readonly [string, readonly (readonly [string, RegExp])[]])[] = [
  [
    'document',
    [
      ['- document: FOLDER/letter.odt\n  contains: 42.50 €', /^passed: FOLDER\/letter.odt has "Invoice 7/],
      [
        '- document: FOLDER/letter.odt\n  not: { contains: Zoë }',
        /^failed: .*expected it not to contain "Zoë"/,
      ],
      ['- document: FOLDER/none.odt\n  contains: x', /^failed: expected FOLDER\/none.odt to exist$/],
      ['- document: FOLDER/broken.odt\n  contains: x', /^failed: FOLDER\/broken.odt cannot be read: /],
    ],
  ],
  [
    'data',
    [
      ['- data: FOLDER/a.json\n  at: $.user.name\n  equals: Zoë', /^passed: /],
      ['- data: FOLDER/a.json\n  at: $.user.tags\n  equals: [x, y]', /^passed: /],
      ['- data: FOLDER/a.json\n  at: $.user.tags[*]\n  values: [x, y]\n  count: 2', /^passed: /],
      ['- data: FOLDER/a.json\n  at: $.user.name\n  text: { matches: "^Z" }', /^passed: /],
      ['- data: FOLDER/a.json\n  at: $.n\n  equals: 4', /^failed: FOLDER\/a.json \$\.n: expected 4; has 3$/],
      [
        '- data: FOLDER/a.json\n  at: $.user\n  equals: { name: Zoë }',
        /expected \{"name":"Zoë"\}; has \{"name":"Zoë","tags":\["x","y"\]\}$/,
      ],
      ['- data: FOLDER/a.json\n  at: $.none\n  equals: 4', /expected one value; has 0$/],
      ['- data: FOLDER/a.json\n  at: $.n\n  text: { equals: "3" }', /expected a text; has 3$/],
      ['- data: FOLDER/broken.json\n  at: $.n\n  equals: 4', /^failed: FOLDER\/broken.json cannot be read: /],
      ['- data: FOLDER/a.json\n  at: "$["\n  equals: 4', /^error: /],
    ],
  ],
  [
    'table',
    [
      ['- table: FOLDER/a.csv\n  cells: { A2: tea, B2: 2.5 }\n  rowCount: 3', /^passed: /],
      ['- table: FOLDER/a.csv\n  rows: [[item, price], [tea, 2.5], [cake, 4]]', /^passed: /],
      ['- table: FOLDER/costs.xlsx\n  sheet: Notes\n  cells: { A1: done, B2: true, C9: null }', /^passed: /],
      ['- table: FOLDER/a.csv\n  cells: { B3: 5 }', /^failed: FOLDER\/a.csv: B3: expected 5; has "4"$/],
      [
        '- table: FOLDER/costs.xlsx\n  sheet: Other\n  rowCount: 1',
        /expected a sheet "Other"; has "Costs", "Notes"$/,
      ],
      ['- table: FOLDER/a.csv\n  rows: [[item, price]]', /^failed: /],
      ['- table: FOLDER/broken.xlsx\n  rowCount: 1', /^failed: FOLDER\/broken.xlsx cannot be read: /],
    ],
  ],
  [
    'database',
    [
      [
        '- database: FOLDER/shop.sqlite\n  query: select name from item\n  rows: [[tea], [cake]]',
        /^passed: /,
      ],
      [
        '- database: FOLDER/shop.sqlite\n  query: select count(*) from item\n  rows: [[3]]',
        /expected \[\[3\]\]; has \[\[2\]\]$/,
      ],
      [
        '- database: FOLDER/shop.sqlite\n  query: select x from no_table\n  rows: []',
        /^failed: FOLDER\/shop.sqlite cannot be read: no such table/,
      ],
      ['- database: FOLDER/a.csv\n  query: select 1\n  rows: [[1]]', /^failed: .*file is not a database/],
      ['- database: FOLDER/shop.sqlite\n  query: selec\n  rows: []', /^error: .*syntax error/],
    ],
  ],
  [
    'archive',
    [
      [
        '- archive: FOLDER/a.zip\n  files: { a.txt: { equals: one }, b.txt: true, c.txt: false }\n  only: true',
        /^passed: /,
      ],
      [
        '- archive: FOLDER/a.zip\n  files: { a.txt: { equals: two } }',
        /a.txt: expected it to be "two"; has "one"$/,
      ],
      [
        '- archive: FOLDER/a.zip\n  files: { a.txt: true }\n  only: true',
        /^failed: FOLDER\/a.zip: expected no b.txt in it$/,
      ],
      [
        '- archive: FOLDER/broken.zip\n  files: { c.txt: true }',
        /^failed: FOLDER\/broken.zip cannot be read: /,
      ],
      ['- archive: FOLDER/a.zip\n  files: { c.txt: true }', /expected c.txt to be in it; has a.txt, b.txt$/],
    ],
  ],
  [
    'image',
    [
      ['- image: FOLDER/red.png\n  like: red.png', /^passed: 100.0 % of FOLDER\/red.png looks like red.png$/],
      [
        '- image: FOLDER/red.png\n  like: red.png\n  region: { x: 0, y: 0, width: 5, height: 5 }',
        /^failed: expected .* size of red.png, 20x10; has 5x5$/,
      ],
      ['- image: FOLDER/a.csv\n  like: red.png', /^failed: FOLDER\/a.csv cannot be read: /],
    ],
  ],
];

describe.each(CASES)('%s checks', (_kind, cases) => {
  test.each(cases)('%s', async (yaml, expected) => {
    expect(await outcomeOf(yaml)).toMatch(expected);
  });
});
