import { toMessage } from '../../errors.ts';
import { readArchive } from './archives.ts';
import { blamingFile, type ContentKind, type ContentKinds, UnreadableError } from './content.ts';
import { readNodes } from './data.ts';
import { readRows } from './database.ts';
import { readDocument } from './documents.ts';
import { comparePictures } from './images.ts';
import { readSheets } from './tables.ts';

/** What the process is asked and what it answers; structured clones over its IPC channel. */
export interface ContentRequest<K extends ContentKind = ContentKind> {
  readonly id: number;
  readonly kind: K;
  readonly request: ContentKinds[K]['request'];
}

export type ContentAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly problem: string; readonly isOfFile: boolean };

type Readers = {
  readonly [K in ContentKind]: (
    request: ContentKinds[K]['request'],
  ) => ContentKinds[K]['value'] | Promise<ContentKinds[K]['value']>;
};

const READERS: Readers = {
  text: async (request) => await blamingFile(() => readDocument(request)),
  sheets: async (request) => await blamingFile(() => readSheets(request)),
  entries: async (request) => await blamingFile(() => readArchive(request)),
  nodes: readNodes,
  rows: readRows,
  similarity: comparePictures,
};

async function read<K extends ContentKind>({ kind, request }: ContentRequest<K>): Promise<unknown> {
  return await READERS[kind](request);
}

async function answer(request: ContentRequest): Promise<ContentAnswer> {
  const { id } = request;
  try {
    return { id, value: await read(request) };
  } catch (thrown) {
    return { id, problem: toMessage(thrown), isOfFile: thrown instanceof UnreadableError };
  }
}

// Ctrl-C at a terminal reaches this process too; it ends when its parent lets go of it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (request: ContentRequest) => {
  void answer(request).then((said) => process.send?.(said));
});
