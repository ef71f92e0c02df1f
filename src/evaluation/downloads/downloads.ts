import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DownloadError } from '../../errors.ts';
import type { SandboxFile } from '../../sandbox/sandbox-driver.ts';
import type { TaskAsset } from '../checks/check.ts';
import type { Download } from '../task/download-schema.ts';
import type { Task } from '../task/task-file.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import { fetchFile } from './fetch-file.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Fetches what tasks want from the web, each file once however many trials want it, and keeps it until it is disposed of. */
export class Downloads implements AsyncDisposable {
  readonly #allowed: AllowedHosts;
  /** By what was asked for: where it is kept, or will be. */
  readonly #files = new Map<string, Promise<string>>();
  #folder: Promise<string> | undefined;
  #begun = 0;

  constructor(allowed: AllowedHosts) {
    this.#allowed = allowed;
  }

  /**
   * The task with all of its downloads at hand: those of the setup among its files, those of checks among its assets.
   * @throws DownloadError, StorageError, CancelledError
   */
  async provide(task: Task, options: Cancellable = {}): Promise<Task> {
    const { downloads = [], checkDownloads = [] } = task;
    if (downloads.length + checkDownloads.length === 0) return task;
    const files: SandboxFile[] = [];
    for (const download of downloads) {
      const { path, mode } = download;
      const content = await readFile(await this.#find(download, options));
      files.push({ path, content, ...(mode === undefined ? {} : { mode }) });
    }
    const assets = new Map<string, TaskAsset>(task.assets);
    for (const download of checkDownloads) {
      const path = await this.#find(download, options);
      assets.set(download.url, { path, content: await readFile(path) });
    }
    return { ...task, setup: { ...task.setup, files: [...files, ...task.setup.files] }, assets };
  }

  #find(download: Download, options: Cancellable): Promise<string> {
    const { url, sha256, maxBytes } = download;
    const key = JSON.stringify([url, sha256, maxBytes]);
    const found = this.#files.get(key);
    if (found !== undefined) return found;
    const file = this.#fetch(download, options);
    this.#files.set(key, file);
    // What may be otherwise another time is tried again by who asks next.
    file.catch((error: unknown) => {
      if (!(error instanceof DownloadError) || error.retryable) this.#files.delete(key);
    });
    return file;
  }

  async #fetch(download: Download, { signal }: Cancellable): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'deskhand-downloads-'));
    const folder = await this.#folder;
    const part = join(folder, `${(this.#begun += 1)}.part`);
    const digest = await fetchFile(download, { allowed: this.#allowed, to: part, signal });
    const path = join(folder, digest);
    await rename(part, path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#files.values());
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
  }
}
