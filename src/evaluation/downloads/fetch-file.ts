import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { CancelledError, DownloadError, StorageError, toMessage } from '../../errors.ts';
import type { Download } from '../task/download-schema.ts';
import type { AllowedHosts } from './allowed-hosts.ts';

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 120_000;
const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Answers of a server that another time may be others. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

export interface FetchOptions {
  readonly allowed: AllowedHosts;
  /** Where it is written; nothing is left there where the fetching fails. */
  readonly to: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a file.
 * @returns its SHA-256, hexadecimal
 * @throws DownloadError download-refused, where another attempt would end the same; download-failed, where it may not;
 *   StorageError; CancelledError
 */
export async function fetchFile(download: Download, { allowed, to, signal }: FetchOptions): Promise<string> {
  const { url, timeoutMs = DEFAULT_TIMEOUT_MS } = download;
  const late = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? late : AbortSignal.any([late, signal]);
  try {
    const response = await follow(url, allowed, either);
    return await keep(response, download, to);
  } catch (cause) {
    await rm(to, { force: true });
    if (cause instanceof DownloadError || cause instanceof StorageError) throw cause;
    if (signal?.aborted === true) throw new CancelledError('cancelled', 'Cancelled.', { cause });
    const why = late.aborted ? `it took longer than ${timeoutMs / 1000} s` : reasonOf(cause);
    throw new DownloadError('download-failed', `${url} cannot be fetched: ${why}.`, {
      cause,
      retryable: true,
      details: { url },
    });
  }
}

/** The answer at the end of the redirects, each of which has to be to an allowed host. */
async function follow(url: string, allowed: AllowedHosts, signal: AbortSignal): Promise<Response> {
  let address = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    allowed.require(address, hops === 0 ? {} : { from: url });
    // As it lies on the server: an archive is not to be unpacked on the way.
    const headers = { 'accept-encoding': 'identity' };
    const response = await fetch(address, { redirect: 'manual', signal, headers });
    const next = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (next === null) {
      if (response.ok) return response;
      await response.body?.cancel();
      throw badAnswer(url, response.status);
    }
    await response.body?.cancel();
    if (!URL.canParse(next, address))
      throw refused(url, `it leads to ${JSON.stringify(next)}, which is no address`);
    address = new URL(next, address).href;
  }
  throw refused(url, `it leads on more than ${MOST_REDIRECTS} times`);
}

async function keep(
  response: Response,
  { url, sha256, maxBytes = DEFAULT_MAX_BYTES }: Download,
  to: string,
): Promise<string> {
  const tooLarge = (): DownloadError =>
    refused(url, `it has more than ${maxBytes} bytes`, 'Set its maxSize where that is as it should be.');
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const hash = createHash('sha256');
  let bytes = 0;
  await using file = await open(to, 'w').catch(toStorageError);
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    hash.update(chunk);
    await file.writeFile(chunk).catch(toStorageError);
  }
  const found = hash.digest('hex');
  if (sha256 !== undefined && found !== sha256) {
    throw refused(
      url,
      `its SHA-256 is ${found} and not ${sha256}`,
      'It is not the file that the task was written for.',
    );
  }
  return found;
}

function toStorageError(cause: unknown): never {
  throw new StorageError('write-failed', `What is fetched cannot be kept: ${toMessage(cause)}.`, { cause });
}

function badAnswer(url: string, status: number): DownloadError {
  if (!PASSING.includes(status)) return refused(url, `the server answers ${status}`);
  return new DownloadError('download-failed', `${url} cannot be fetched: the server answers ${status}.`, {
    retryable: true,
    details: { url, status },
  });
}

function refused(url: string, why: string, hint?: string): DownloadError {
  const details = { url };
  return new DownloadError('download-refused', `${url} cannot be fetched: ${why}.`, {
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** `fetch failed` says nothing; what it is caused by does. */
function reasonOf(thrown: unknown): string {
  return toMessage(thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown);
}
