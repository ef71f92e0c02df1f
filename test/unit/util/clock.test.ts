import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/util/clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['forwards', 86_400_000],
  ['backwards', -86_400_000],
])('a clock of the machine that jumps %s by a day', (_name, jumpMs) => {
  it('moves the wall clock alone', () => {
    const [now, wall] = [systemClock.now(), systemClock.wall()];
    vi.spyOn(Date, 'now').mockImplementation(() => wall + jumpMs);
    expect(systemClock.wall() - wall).toBe(jumpMs);
    expect(Math.abs(systemClock.now() - now)).toBeLessThan(3_600_000);
  });

  it('neither ends nor prolongs a sleep', async () => {
    const now = systemClock.now();
    const sleep = systemClock.sleep(20);
    const wall = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => wall + jumpMs);
    await sleep;
    expect(Math.abs(systemClock.now() - now)).toBeLessThan(3_600_000);
  });
});
