import { gunzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { fromBufferPromise } from 'yauzl';
import type { ArchiveEntry, NamedBytes } from './content.ts';
import { formatOf } from './formats.ts';

/** A file of a few kB can unpack to terabytes. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 10_000;

class Allowance {
  #bytes = MAX_UNPACKED_BYTES;
  #entries = MAX_ENTRIES;

  /** @throws Error when the archive unpacks to more than is read */
  take(bytes: number): void {
    this.#bytes -= bytes;
    this.#entries -= 1;
    if (this.#bytes < 0) throw new Error(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
    if (this.#entries < 0) throw new Error(`it has more than ${MAX_ENTRIES} entries`);
  }
}

/** The files of an archive; folders and links are left out. */
export async function readArchive({ name, bytes }: NamedBytes): Promise<readonly ArchiveEntry[]> {
  switch (formatOf('entries', name)) {
    case 'zip':
      return await readZip(bytes);
    case 'tar':
      return await readTar(bytes);
    case 'tar.gz':
    case 'tgz':
      return await readTar(gunzipSync(bytes, { maxOutputLength: 2 * MAX_UNPACKED_BYTES }));
  }
}

/** Only the entries that are wanted are unpacked; all where nothing is said. */
export async function readZip(
  bytes: Uint8Array,
  isWanted: (path: string) => boolean = () => true,
): Promise<readonly ArchiveEntry[]> {
  const allowance = new Allowance();
  const entries: ArchiveEntry[] = [];
  const zip = await fromBufferPromise(Buffer.from(bytes), { validateEntrySizes: true });
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/') || !isWanted(entry.fileName)) continue;
    // Checked before and, by validateEntrySizes, while it is unpacked: the header may lie.
    allowance.take(entry.uncompressedSize);
    const content = await buffer(await zip.openReadStreamPromise(entry));
    entries.push({ path: entry.fileName, content });
  }
  return entries;
}

async function readTar(bytes: Uint8Array): Promise<readonly ArchiveEntry[]> {
  const allowance = new Allowance();
  const entries: ArchiveEntry[] = [];
  const unpacker = extract();
  Readable.from([Buffer.from(bytes)]).pipe(unpacker);
  for await (const entry of unpacker) {
    const { name, type, size } = entry.header;
    if (type === 'file') {
      allowance.take(size);
      entries.push({ path: name.replace(/^\.\//, ''), content: await buffer(entry) });
    } else {
      entry.resume();
    }
  }
  return entries;
}
