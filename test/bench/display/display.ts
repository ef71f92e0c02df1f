import { openBenchDriver } from './bench-desktop.ts';
import { benchFrameRates } from './frame-rates.ts';
import { benchIdleCost } from './idle-cost.ts';
import { benchManyDisplays } from './many-displays.ts';

/** What a display costs and how fast it is, on desktops of its own. */
export async function benchDisplay(): Promise<unknown> {
  await using driver = await openBenchDriver();
  return {
    // First, while nothing else has left its marks on the process.
    idle: await benchIdleCost(driver),
    frames: await benchFrameRates(driver),
    displays: await benchManyDisplays(driver),
  };
}
