/** How the bytes of a file are to be read, by the ending of its name. */
const FORMATS = {
  text: ['odt', 'odp', 'docx', 'pptx', 'pdf'],
  sheets: ['csv', 'tsv', 'xlsx', 'ods'],
  entries: ['zip', 'tar', 'tar.gz', 'tgz'],
  nodes: ['json', 'yaml', 'yml'],
} as const;

export type Reading = keyof typeof FORMATS;

/** @throws Error when no reader knows the ending */
export function formatOf<R extends Reading>(reading: R, name: string): (typeof FORMATS)[R][number] {
  const known: readonly (typeof FORMATS)[R][number][] = FORMATS[reading];
  const found = known.find((ending) => name.toLowerCase().endsWith(`.${ending}`));
  if (found === undefined) throw new Error(`expected a name that ends with ${known.join(', ')}; has ${name}`);
  return found;
}

export function isReadable(reading: Reading, name: string): boolean {
  return FORMATS[reading].some((ending) => name.toLowerCase().endsWith(`.${ending}`));
}

export function endingsOf(reading: Reading): string {
  return FORMATS[reading].join(', ');
}
