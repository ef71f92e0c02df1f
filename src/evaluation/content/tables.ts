import { parse } from 'csv-parse/sync';
import { read, utils } from '@e965/xlsx';
import type { Cell, NamedBytes, Sheet } from './content.ts';
import { readZip } from './archives.ts';
import { formatOf } from './formats.ts';

/** The cells as they were entered, without formats: `12.5`, not `$12.50`; a text file has one sheet. */
export async function readSheets({ name, bytes }: NamedBytes): Promise<readonly Sheet[]> {
  const format = formatOf('sheets', name);
  switch (format) {
    case 'csv':
      return [{ name: 'csv', rows: readDelimited(bytes, ',') }];
    case 'tsv':
      return [{ name: 'tsv', rows: readDelimited(bytes, '\t') }];
    case 'xlsx':
    case 'ods':
      return await readWorkbook(bytes);
  }
}

function readDelimited(bytes: Uint8Array, delimiter: string): readonly (readonly Cell[])[] {
  const text = Buffer.from(bytes).toString('utf8');
  return parse(text, { delimiter, bom: true, relaxColumnCount: true, skipEmptyLines: true });
}

async function readWorkbook(bytes: Uint8Array): Promise<readonly Sheet[]> {
  // The library unpacks without a limit of its own: whoever gets past this one fits into memory.
  await readZip(bytes);
  const workbook = read(bytes, { type: 'buffer', dense: true });
  return workbook.SheetNames.map((name) => {
    const sheet = workbook.Sheets[name];
    const rows: readonly Cell[][] =
      sheet === undefined ? [] : utils.sheet_to_json<Cell[]>(sheet, { header: 1, raw: true, defval: null });
    return { name, rows };
  });
}
