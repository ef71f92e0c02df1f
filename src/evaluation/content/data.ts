import { query } from 'json-p3';
import { parse } from 'yaml';
import { jsonValue } from '../json-value.ts';
import { blamingFile, type ContentKinds } from './content.ts';
import { formatOf } from './formats.ts';

/** What a JSONPath (RFC 9535) finds, in the order of the document. */
export async function readNodes({
  name,
  bytes,
  at,
}: ContentKinds['nodes']['request']): Promise<readonly unknown[]> {
  const text = Buffer.from(bytes).toString('utf8');
  const isJson = formatOf('nodes', name) === 'json';
  const value = await blamingFile(() =>
    jsonValue.parse(isJson ? JSON.parse(text) : parse(text, { maxAliasCount: 100 })),
  );
  return query(at, value).values();
}
