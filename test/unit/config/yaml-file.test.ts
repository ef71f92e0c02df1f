import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseYaml, readYamlFile, toFileError } from '../../../src/config/yaml-file.ts';

const schema = z.strictObject({
  name: z.string(),
  sizes: z.array(z.strictObject({ width: z.int() })).default([]),
});

function parse(text: string): ReturnType<typeof parseYaml<typeof schema>> {
  return parseYaml(text, { file: 'a.yaml', schema });
}

test('a value knows where it stands, a missing one where it should', () => {
  const file = parse('name: x\nsizes:\n  - width: 3\n  -\n    width: 4\n');
  expect(file.locate(['sizes', 1, 'width'])).toEqual({ file: 'a.yaml', line: 5, column: 12 });
  expect(file.locate(['sizes', 0, 'height'])).toEqual({ file: 'a.yaml', line: 3, column: 5 });
  expect(file.problem(['name'], 'no such thing')).toEqual({
    file: 'a.yaml',
    line: 1,
    column: 7,
    field: 'name',
    message: 'no such thing',
  });
});

test('a fault behind an alias is reported where the value is written', () => {
  expect(() => parse('name: x\nsizes: [&a { width: wide }, *a]\n')).toThrow(
    [
      '2 problems in a.yaml:',
      '  a.yaml:2:21 sizes[0].width: expected a number; has "wide"',
      '  a.yaml:2:21 sizes[1].width: expected a number; has "wide"',
    ].join('\n'),
  );
});

test('a file that grows without end when its aliases are followed is refused', () => {
  const levels = Array.from({ length: 8 }, (_, n) => {
    const before = n === 0 ? '"x"' : `*a${n - 1}`;
    return `a${n}: &a${n} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
  });
  expect(() => parse(levels.join('\n'))).toThrow(/^a\.yaml:1:1: not valid YAML: Excessive alias count/);
});

test('problems of several files stay together by file, in the order of their lines', () => {
  const problem = (file: string, line: number): Parameters<typeof toFileError>[0][number] => ({
    file,
    line,
    column: 1,
    field: '',
    message: 'wrong',
  });
  expect(toFileError([problem('b', 2), problem('b', 1), problem('a', 3)]).message).toBe(
    '3 problems in b, a:\n  b:1:1: wrong\n  b:2:1: wrong\n  a:3:1: wrong',
  );
});

describe('a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deskhand-yaml-'));
  });

  test('is read under the name that is to be reported', async () => {
    await writeFile(join(folder, 'f.yaml'), 'name: 5\n');
    await expect(readYamlFile(join(folder, 'f.yaml'), { schema, name: 'f.yaml' })).rejects.toThrow(
      'f.yaml:1:7 name: expected a string; has 5',
    );
  });

  test.each([
    ['a folder', '.', /cannot be read: it is a folder\.$/],
    ['nothing', 'none.yaml', /^There is no file .*none\.yaml\.$/],
    ['bytes that are no text', 'bytes.yaml', /bytes\.yaml is not UTF-8 text\.$/],
    ['far too much', 'large.yaml', /large\.yaml has 5242880 bytes; at most 4194304 are read\.$/],
  ])('that is %s is refused', async (_title, name, message) => {
    await writeFile(join(folder, 'bytes.yaml'), Buffer.from([0x6e, 0xff, 0xfe]));
    await writeFile(join(folder, 'large.yaml'), Buffer.alloc(5 * 1024 * 1024, 'a'));
    await expect(readYamlFile(join(folder, name), { schema })).rejects.toThrow(message);
  });
});
