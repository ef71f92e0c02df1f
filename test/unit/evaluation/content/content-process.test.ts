import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, describe, expect, test } from 'vitest';
import { ContentProcess } from '../../../../src/evaluation/content/content-process.ts';
import { zip } from './zip.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/content');
const contents = new ContentProcess();

afterAll(async () => {
  await contents[Symbol.asyncDispose]();
});

async function fixture(name: string) {
  return { name, bytes: await readFile(join(FIXTURES, name)) };
}

describe('the text of a document', () => {
  test.each([
    ['letter.odt', 'Invoice 7\nDear Zoë,\nthe total is 42.50 €.\n'],
    ['letter.docx', 'Invoice 7\nDear Zoë,\nthe total is 42.50 €.\n'],
    ['letter.pptx', 'Invoice 7\nDear Zoë,\nthe total is 42.50 €.\n'],
    ['letter.pdf', 'Invoice 7\nthe total is 42.50\n'],
  ])('%s', async (name, text) => {
    expect(await contents.read('text', await fixture(name))).toBe(text);
  });

  test('is not read of what is no such document', async () => {
    const bytes = zip([{ path: 'other.xml', content: '<a/>' }]);
    await expect(contents.read('text', { name: 'a.odt', bytes })).rejects.toThrow('it is no odt');
    await expect(contents.read('text', { name: 'a.docx', bytes: Buffer.from('x') })).rejects.toThrow(
      /central/,
    );
  });

  test('expands no entities', async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><text:p xmlns:text="t">&b;</text:p>';
    const bytes = zip([{ path: 'content.xml', content: bomb }]);
    await expect(contents.read('text', { name: 'a.odt', bytes })).rejects.toThrow(/entity/);
  });
});

describe('the cells of a table', () => {
  test('xlsx', async () => {
    expect(await contents.read('sheets', await fixture('costs.xlsx'))).toEqual([
      {
        name: 'Costs',
        rows: [['item', 'price'], ['tea', 2.5], ['cake', 4], []],
      },
      {
        name: 'Notes',
        rows: [
          ['done', null],
          [null, true],
        ],
      },
    ]);
  });

  test('ods', async () => {
    expect(await contents.read('sheets', await fixture('costs.ods'))).toEqual([
      {
        name: 'Costs',
        rows: [
          ['item', 'price'],
          ['tea', 2.5],
        ],
      },
    ]);
  });

  test.each([
    ['a.csv', '\ufeffitem,price\n"tea, black",2.5\n'],
    ['a.tsv', 'item\tprice\ntea, black\t2.5\n'],
  ])('%s', async (name, text) => {
    const [sheet] = await contents.read('sheets', { name, bytes: Buffer.from(text) });
    expect(sheet?.rows).toEqual([
      ['item', 'price'],
      ['tea, black', '2.5'],
    ]);
  });
});

describe('the files of an archive', () => {
  const wanted = [{ path: 'a/b.txt', content: Buffer.from('hello') }];

  test('zip', async () => {
    const bytes = zip([
      { path: 'a/', content: '' },
      { path: 'a/b.txt', content: 'hello' },
    ]);
    expect(await contents.read('entries', { name: 'x.zip', bytes })).toEqual(wanted);
  });

  test.each(['x.tar', 'x.tar.gz'])('%s', async (name) => {
    const archive = pack();
    archive.entry({ name: './a', type: 'directory' });
    archive.entry({ name: './a/b.txt' }, 'hello');
    archive.finalize();
    const tar = await buffer(archive);
    const bytes = name.endsWith('gz') ? gzipSync(tar) : tar;
    expect(await contents.read('entries', { name, bytes })).toEqual(wanted);
  });

  test('that unpack to more than is read are refused', async () => {
    const bytes = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    await expect(contents.read('entries', { name: 'x.tgz', bytes })).rejects.toThrow(/larger than/);
  });

  test('that say less than they unpack to are refused', async () => {
    const bytes = zip([{ path: 'a', content: 'x'.repeat(100_000), claimedBytes: 10 }]);
    await expect(contents.read('entries', { name: 'x.zip', bytes })).rejects.toThrow(/too many bytes/);
  });
});

describe('what a JSONPath finds', () => {
  test.each([
    ['a.json', '{"a":[{"b":1},{"b":2}]}', '$.a[*].b', [1, 2]],
    ['a.yaml', 'a: [{ b: x }]', '$.a[0]', [{ b: 'x' }]],
    ['a.json', '{}', '$.none', []],
  ])('%s %s %s', async (name, text, at, found) => {
    expect(await contents.read('nodes', { name, bytes: Buffer.from(text), at })).toEqual(found);
  });
});

describe('what a query finds in a database', () => {
  test('rows in order', async () => {
    const request = {
      ...(await fixture('shop.sqlite')),
      query: 'select name, price from item order by price desc',
    };
    expect(await contents.read('rows', request)).toEqual([
      ['cake', 4],
      ['tea', 2.5],
    ]);
  });

  test('and it cannot be changed', async () => {
    const request = { ...(await fixture('shop.sqlite')), query: 'delete from item' };
    await expect(contents.read('rows', request)).rejects.toThrow(/readonly/);
  });
});

describe('pictures', () => {
  const picture = async (background: string, width = 20) =>
    await sharp({ create: { width, height: 10, channels: 3, background } })
      .png()
      .toBuffer();

  test('are compared pixel by pixel', async () => {
    const reference = await picture('#112233');
    const half = await sharp(reference)
      .composite([{ input: await picture('#ffffff', 10), left: 0, top: 0 }])
      .png()
      .toBuffer();
    const size = { width: 20, height: 10 };
    const similarity = async (bytes: Buffer) =>
      await contents.read('similarity', { name: 'a.png', bytes, reference });
    expect(await similarity(reference)).toEqual({ share: 1, size, referenceSize: size });
    expect(await similarity(half)).toEqual({ share: 0.5, size, referenceSize: size });
    expect((await similarity(await picture('#112233', 30))).share).toBe(0);
  });

  test('a region is cut out first', async () => {
    const [bytes, reference] = [await picture('#112233'), await picture('#112233', 10)];
    const region = { x: 5, y: 0, width: 10, height: 10 };
    expect((await contents.read('similarity', { name: 'a.png', bytes, reference, region })).share).toBe(1);
  });
});

test('a reader that hangs is ended, and the next file is read', async () => {
  // Long enough for a reader to start on a machine under load.
  await using hasty = new ContentProcess({ timeLimitMs: 6000 });
  // Backtracks for longer than anybody waits.
  const at = '$[?search(@, "^(a+)+$")]';
  const bytes = Buffer.from(JSON.stringify([`${'a'.repeat(60)}!`]));
  await expect(hasty.read('nodes', { name: 'a.json', bytes, at })).rejects.toThrow('it took longer than 6 s');
  expect(await hasty.read('nodes', { name: 'a.json', bytes: Buffer.from('[1]'), at: '$[0]' })).toEqual([1]);
});

test('a cancelled reading is told so', async () => {
  await using own = new ContentProcess();
  const stop = new AbortController();
  const reading = own.read('nodes', { name: 'a.json', bytes: Buffer.from('[]'), at: '$' }, stop);
  stop.abort();
  await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
});
