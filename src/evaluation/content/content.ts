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

/** @throws Error: the bytes are not of that format, are too large once unpacked, or take too long */
export type ReadContent = <K extends ContentKind>(
  kind: K,
  request: ContentKinds[K]['request'],
  options?: { readonly signal?: AbortSignal | undefined },
) => Promise<ContentKinds[K]['value']>;
