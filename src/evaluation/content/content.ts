import { toMessage } from '../../errors.ts';
import type { Rect } from '../../util/geometry.ts';

export type Cell = string | number | boolean | null;

export interface Sheet {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
}

export interface ArchiveEntry {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A file that a model may have written: its bytes, and the name that says how they are to be read. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What can be read out of a file, what it takes, and what comes of it. */
export interface ContentKinds {
  /** The text of an odt, odp, docx, pptx or pdf; a paragraph a line. */
  readonly text: { readonly request: NamedBytes; readonly value: string };
  /** The cells of a csv, tsv, xlsx or ods. */
  readonly sheets: { readonly request: NamedBytes; readonly value: readonly Sheet[] };
  /** The files in a zip, tar, tar.gz. */
  readonly entries: { readonly request: NamedBytes; readonly value: readonly ArchiveEntry[] };
  /** What a JSONPath finds in JSON or YAML. */
  readonly nodes: {
    readonly request: NamedBytes & { readonly at: string };
    readonly value: readonly unknown[];
  };
  /** What a query finds in an SQLite database. */
  readonly rows: {
    readonly request: NamedBytes & { readonly query: string };
    readonly value: readonly (readonly unknown[])[];
  };
  readonly similarity: {
    readonly request: NamedBytes & { readonly reference: Uint8Array; readonly region?: Rect | undefined };
    readonly value: Similarity;
  };
}

export interface Similarity {
  /** Share of pixels that look the same, 0 to 1; 0 where the sizes differ. */
  readonly share: number;
  readonly size: { readonly width: number; readonly height: number };
  readonly referenceSize: { readonly width: number; readonly height: number };
}

export type ContentKind = keyof ContentKinds;

/**
 * The file is not what its name says, or lacks what is looked for: the doing of whoever wrote it. Any other error is of
 * the check itself, such as a query that is none, or of its reader.
 */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Whatever is thrown by `read` is the file's fault. @throws UnreadableError */
export async function blamingFile<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    throw new UnreadableError(toMessage(thrown), { cause: thrown });
  }
}

/**
 * @throws UnreadableError the bytes are not of that format, or are too large once unpacked
 * @throws Error the reader takes too long or ends, or what it is asked makes no sense
 */
export type ReadContent = <K extends ContentKind>(
  kind: K,
  request: ContentKinds[K]['request'],
  options?: { readonly signal?: AbortSignal | undefined },
) => Promise<ContentKinds[K]['value']>;
