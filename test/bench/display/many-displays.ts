import type { SandboxDriver } from '../../../src/sandbox/sandbox-driver.ts';
import type { Size } from '../../../src/util/geometry.ts';
import { summarize, timed } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import { openWindow, startDesktop } from './bench-desktop.ts';
import type { BenchDesktop } from './bench-desktop.ts';

const SIZE: Size = { width: 1440, height: 900 };
const COUNTS: readonly number[] = [1, 5, 10, 20];
/** Screenshots for each count: as many for one display as for twenty. */
const SCREENSHOTS = 100;
/** Desktops that start at the same time. */
const STARTS = 4;

interface ManyDisplays {
  readonly displays: number;
  /** ms. */
  readonly screenshot: Summary;
  /** p95 in that of one display. */
  readonly p95Growth: number;
}

/** How long a screenshot takes when so many displays of one process have changed and are photographed at once. */
export async function benchManyDisplays(driver: SandboxDriver): Promise<readonly ManyDisplays[]> {
  await using resources = new AsyncDisposableStack();
  const desktops: BenchDesktop[] = [];
  const results: ManyDisplays[] = [];
  const last = new Map<BenchDesktop, string>();
  for (const count of COUNTS) {
    while (desktops.length < count) {
      const missing = Math.min(STARTS, count - desktops.length);
      const starts = Array.from({ length: missing }, async () => await startEditor(driver));
      for (const desktop of await Promise.all(starts)) desktops.push(resources.use(desktop));
    }
    const screenshot = summarize(await photograph(desktops, last));
    const p95Growth =
      Math.round((100 * screenshot.p95) / (results[0]?.screenshot.p95 ?? screenshot.p95)) / 100;
    results.push({ displays: count, screenshot, p95Growth });
  }
  return results;
}

async function startEditor(driver: SandboxDriver): Promise<BenchDesktop> {
  const desktop = await startDesktop(driver, SIZE);
  await openWindow(desktop, 'mousepad --disable-server', 'Mousepad');
  return desktop;
}

/**
 * In rounds: every desktop gets a letter, then all are photographed at once. A frame that did not change does not count.
 * @param last what was seen of each, by hash
 */
async function photograph(
  desktops: readonly BenchDesktop[],
  last: Map<BenchDesktop, string>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; times.length < SCREENSHOTS; round++) {
    await Promise.all(desktops.map(async (desktop) => await typeLetter(desktop, round)));
    const shots = desktops.map(async (desktop) => {
      let sha256 = '';
      const ms = await timed(async () => ({ sha256 } = await desktop.display.screenshot()));
      if (last.get(desktop) !== sha256) times.push(ms);
      last.set(desktop, sha256);
    });
    await Promise.all(shots);
  }
  return times;
}

async function typeLetter({ display }: BenchDesktop, round: number): Promise<void> {
  await display.keyboard.chord(['abcdefgh'.charAt(round % 8)]);
  await display.settle();
}
