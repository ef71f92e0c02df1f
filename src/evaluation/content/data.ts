import { query } from 'json-p3';
import { parse } from 'yaml';
import { jsonValue } from '../json-value.ts';
import type { ContentKinds } from './content.ts';
import { formatOf } from './formats.ts';

/** What a JSONPath (RFC 9535) finds, in the order of the document. */
export function readNodes({ name, bytes, at }: ContentKinds['nodes']['request']): readonly unknown[] {
  const text = Buffer.from(bytes).toString('utf8');
  const value: unknown =
    formatOf('nodes', name) === 'json' ? JSON.parse(text) : parse(text, { maxAliasCount: 100 });
  return query(at, jsonValue.parse(value)).values();
}
