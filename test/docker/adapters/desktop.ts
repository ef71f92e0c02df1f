import { openDesktop, type OwnedDesktop } from '../../../src/adapters/open-desktop.ts';
import type { Bench } from '../sandbox/desktop.ts';

/** What a test's desktops are made of; small, so that several fit. */
const desktopConfig = {
  display: { width: 1024, height: 768 },
  sandbox: { network: 'none', memoryBytes: 1024 ** 3, cpus: 2, pidsLimit: 256, vnc: 'auto' },
  settle: {},
} as const;

const NOTE = '/home/user/note.txt';

/** A desktop with an empty note open in the editor. */
export async function openNote(bench: Bench): Promise<OwnedDesktop> {
  await using resources = new AsyncDisposableStack();
  const driver = resources.use(await bench.driver());
  const desktop = resources.use(await openDesktop(driver, { config: desktopConfig, runId: bench.runId }));
  const { sandbox, display } = desktop;
  await sandbox.writeFiles([{ path: NOTE, content: Buffer.from('') }]);
  await sandbox.exec(['sh', '-c', `setsid mousepad ${NOTE} >/dev/null 2>&1 &`]);
  const script = 'until wmctrl -l | grep -q note.txt; do sleep 0.1; done';
  await sandbox.exec(['sh', '-c', script], { timeoutMs: 20_000 });
  await display.settle();
  const owned = resources.move();
  return { sandbox, display, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export async function readNote({ sandbox }: OwnedDesktop): Promise<string> {
  return (await sandbox.readFile(NOTE)).toString();
}
