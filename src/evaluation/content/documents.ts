import { SaxesParser } from 'saxes';
import { extractText, getDocumentProxy } from 'unpdf';
import type { NamedBytes } from './content.ts';
import { readZip } from './archives.ts';
import { formatOf } from './formats.ts';

/** Where in a zipped XML document the text stands, and what its elements mean. */
interface Dialect {
  readonly part: RegExp;
  /** Elements whose characters are text. */
  readonly textIn: ReadonlySet<string>;
  readonly lineAfter: ReadonlySet<string>;
  readonly standsFor: Readonly<Record<string, string>>;
}

const OFFICE_OPEN: Omit<Dialect, 'part'> = {
  textIn: new Set(['w:t', 'a:t']),
  lineAfter: new Set(['w:p', 'a:p']),
  standsFor: { 'w:tab': '\t', 'w:br': '\n', 'a:br': '\n' },
};

const OPEN_DOCUMENT: Dialect = {
  part: /^content\.xml$/,
  textIn: new Set(['text:p', 'text:h', 'text:span', 'text:a']),
  lineAfter: new Set(['text:p', 'text:h']),
  standsFor: { 'text:tab': '\t', 'text:line-break': '\n' },
};

const DIALECTS: Readonly<Record<'odt' | 'odp' | 'docx' | 'pptx', Dialect>> = {
  odt: OPEN_DOCUMENT,
  odp: OPEN_DOCUMENT,
  docx: { part: /^word\/document\.xml$/, ...OFFICE_OPEN },
  pptx: { part: /^ppt\/slides\/slide\d+\.xml$/, ...OFFICE_OPEN },
};

/** The text of a document as a person reads it, a paragraph a line. */
export async function readDocument({ name, bytes }: NamedBytes): Promise<string> {
  const format = formatOf('text', name);
  if (format === 'pdf') return await readPdf(bytes);
  const dialect = DIALECTS[format];
  const parts = await readZip(bytes, (path) => dialect.part.test(path));
  if (parts.length === 0) throw new Error(`it is no ${format}: the part with its text is missing`);
  const ordered = parts.toSorted((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  return ordered.map(({ content }) => readXml(Buffer.from(content).toString('utf8'), dialect)).join('');
}

async function readPdf(bytes: Uint8Array): Promise<string> {
  const document = await getDocumentProxy(Uint8Array.from(bytes));
  const { text } = await extractText(document, { mergePages: false });
  return text.map((page) => `${page}\n`).join('');
}

/** saxes knows the five entities of XML and expands no others, so a document cannot blow itself up. */
function readXml(xml: string, { textIn, lineAfter, standsFor }: Dialect): string {
  const parser = new SaxesParser();
  const open: string[] = [];
  let text = '';
  parser.on('opentag', ({ name, attributes }) => {
    open.push(name);
    if (name === 'text:s') text += ' '.repeat(Math.min(1000, Number(attributes['text:c'] ?? 1)));
    text += standsFor[name] ?? '';
  });
  parser.on('closetag', ({ name }) => {
    open.pop();
    if (lineAfter.has(name)) text += '\n';
  });
  parser.on('text', (characters) => {
    if (textIn.has(open.at(-1) ?? '')) text += characters;
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return text;
}
