import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Containers of ours, and folders of sandboxes, that exist now: one line each. */
export async function findLeftovers(): Promise<readonly string[]> {
  const format = 'container {{.Names}} {{.Status}}';
  const ours = 'label=deskhand.run';
  const { stdout } = await run('docker', ['ps', '--all', '--filter', ours, '--format', format]);
  const folders = await readdir('/run/deskhand').catch((): string[] => []);
  return [...stdout.split('\n').filter((line) => line !== ''), ...folders.map((name) => `folder ${name}`)];
}

/** Vitest's global setup of the docker and e2e projects: what the tests leave behind fails them. */
export async function setup(): Promise<() => Promise<void>> {
  const before = new Set(await findLeftovers());
  return async () => {
    const left = (await findLeftovers()).filter((line) => !before.has(line));
    if (left.length > 0) throw new Error(`The tests left behind:\n${left.join('\n')}`);
  };
}
