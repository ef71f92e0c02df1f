import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WarmPool, type WarmPoolOptions } from '../../../../src/sandbox/pool/warm-pool.ts';
import type { SandboxSpec } from '../../../../src/sandbox/sandbox-driver.ts';
import { FakeDriver, type FakeDriverOptions } from '../../../../src/testing/fake-driver.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';

const GIB = 1024 ** 3;
const spec: SandboxSpec = {
  runId: 'run-1',
  display: { width: 800, height: 600 },
  network: 'none',
  memoryBytes: GIB,
  cpus: 1,
  pidsLimit: 256,
  expiresInMs: 60_000,
};
const { runId: _runId, ...kind } = spec;

function openPool(options: Partial<WarmPoolOptions> = {}, driverOptions: FakeDriverOptions = {}) {
  const driver = new FakeDriver(driverOptions);
  const clock = new ManualClock();
  const pool = new WarmPool({ driver, clock, spec: kind, ...options });
  return {
    driver,
    clock,
    pool,
    [Symbol.asyncDispose]: async () => await clock.run(pool[Symbol.asyncDispose]()),
  };
}

const idsOf = (sandboxes: readonly { readonly id: string }[]) => sandboxes.map(({ id }) => id);

describe('a warm pool', () => {
  it('keeps desktops paused, and lets one go on for whoever leases it', async () => {
    await using stage = openPool({ minimum: 2 });
    const { driver, clock, pool } = stage;
    await clock.advance(0);
    expect(driver.sandboxes.map(({ state, runId }) => [state, runId])).toEqual([
      ['paused', 'pool'],
      ['paused', 'pool'],
    ]);
    const leased = await pool.create(spec);
    expect(leased.id).toBe('fake-1');
    expect(driver.sandboxes[0]?.state).toBe('running');
  });

  it('takes a desktop back without letting anybody wait for its removal, and tries that again', async () => {
    await using stage = openPool();
    const { driver, clock, pool } = stage;
    await clock.advance(0);
    const leased = await pool.create(spec);
    const [first] = driver.sandboxes;
    if (first === undefined) throw new Error('no desktop was started');
    first.disposalFailure = new Error('The engine does not answer.');
    await leased[Symbol.asyncDispose]();
    await clock.advance(0);
    expect(first.isDisposed).toBe(false);
    first.disposalFailure = undefined;
    await clock.advance(1_000);
    expect(first.isDisposed).toBe(true);
  });

  it('tells of a desktop whether its screen was seen before', async () => {
    await using stage = openPool({ settle: async () => Promise.resolve() });
    await stage.clock.advance(0);
    expect((await stage.pool.create(spec)).isDrawn).toBe(true);
    await using other = openPool();
    await other.clock.advance(0);
    expect((await other.pool.create(spec)).isDrawn).toBe(false);
  });

  it('starts another in the place of one that was leased', async () => {
    await using stage = openPool();
    const { clock, pool } = stage;
    await clock.advance(0);
    await pool.create(spec);
    await clock.advance(0);
    expect(pool.readyCount).toBe(1);
  });

  it('gives no desktop twice, whoever asks when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }), async (pauses) => {
        await using stage = openPool({ maximum: 3 });
        const { clock, pool } = stage;
        const leases = [];
        for (const ms of pauses) {
          if (ms > 1) await clock.advance(ms);
          leases.push(pool.create(spec));
        }
        const given = await clock.run(Promise.all(leases));
        expect(new Set(idsOf(given)).size).toBe(pauses.length);
      }),
      { numRuns: 50 },
    );
  });

  it('does not give one that died, was let go on, or was started anew meanwhile', async () => {
    await using stage = openPool({ minimum: 4 });
    const { driver, clock, pool } = stage;
    await clock.advance(0);
    const [dead, used, restarted] = driver.sandboxes;
    dead?.die();
    if (used) used.state = 'running';
    if (restarted) restarted.startedAt = '2026-01-02T00:00:00Z';
    expect((await pool.create(spec)).id).toBe('fake-4');
    await clock.advance(0);
    expect([dead, used, restarted].map((sandbox) => sandbox?.isDisposed)).toEqual([true, true, true]);
  });

  it('makes another kind of desktop anew, and one that is to be kept', async () => {
    await using stage = openPool();
    const { clock, driver, pool } = stage;
    await clock.advance(0);
    const other = await pool.create({ ...spec, network: 'full' });
    const kept = await pool.create({ ...spec, isKept: true });
    expect([other.runId, kept.runId]).toEqual(['run-1', 'run-1']);
    expect(driver.sandboxes[0]?.state).toBe('paused');
  });

  it('takes another run or another expiry for no other kind', async () => {
    await using stage = openPool();
    const { clock, pool } = stage;
    await clock.advance(0);
    const leased = await pool.create({ ...spec, runId: 'run-2', expiresInMs: 1 });
    expect(leased.runId).toBe('pool');
  });
});

describe('the size of a pool', () => {
  it('follows what was asked for of late, up to its maximum', async () => {
    await using stage = openPool({ maximum: 3, demandWindowMs: 10_000 });
    const { clock, pool } = stage;
    await clock.advance(0);
    await clock.run(Promise.all(Array.from({ length: 5 }, () => pool.create(spec))));
    await clock.advance(2_000);
    expect(pool.readyCount).toBe(3);
    await clock.advance(10_000);
    expect(pool.readyCount).toBe(1);
  });

  it('falls to nothing while the host is short of memory, and comes back', async () => {
    let free = 4 * GIB;
    await using stage = openPool({ freeMemory: () => free });
    const { clock, pool } = stage;
    await clock.advance(0);
    expect(pool.readyCount).toBe(1);
    free = GIB / 4;
    await clock.advance(2_000);
    expect(pool.readyCount).toBe(0);
    free = GIB;
    await clock.advance(2_000);
    expect(pool.readyCount).toBe(0);
    free = 2 * GIB;
    await clock.advance(2_000);
    expect(pool.readyCount).toBe(1);
  });

  it('comes back after all of its desktops have died, as with the engine', async () => {
    await using stage = openPool({ minimum: 2 });
    const { clock, driver, pool } = stage;
    await clock.advance(0);
    for (const sandbox of driver.sandboxes) {
      sandbox.disposalFailure = new Error('The engine does not answer.');
      sandbox.die();
    }
    await clock.advance(2_000);
    expect(pool.readyCount).toBe(2);
    expect(driver.sandboxes.map(({ isDisposed }) => isDisposed)).toEqual([true, true, false, false]);
  });
});

describe('a start that fails', () => {
  it('is told to whoever waits for it', async () => {
    await using stage = openPool({ minimum: 0 }, { failure: new Error('no room') });
    await expect(stage.pool.create(spec)).rejects.toThrow('no room');
  });

  it('is tried again, each time after a longer while', async () => {
    const failures: number[] = [];
    const clock = new ManualClock();
    const failure = (): Error | undefined => {
      failures.push(clock.now());
      return failures.length < 4 ? new Error('no room') : undefined;
    };
    const pool = new WarmPool({ driver: new FakeDriver({ failure }), clock, spec: kind });
    await clock.advance(20_000);
    expect(failures).toEqual([0, 1_000, 3_000, 7_000]);
    expect(pool.readyCount).toBe(1);
    await clock.run(pool[Symbol.asyncDispose]());
  });
});

describe('more leases than may start at once', () => {
  it('have their turn, those that asked first before the others', async () => {
    const drawn = Promise.withResolvers<void>();
    let started = 0;
    const failure = (): undefined => void started++;
    await using stage = openPool({ minimum: 0, maximumStarts: 2 }, { until: drawn.promise, failure });
    const leases = Array.from({ length: 5 }, () => stage.pool.create(spec));
    await stage.clock.advance(0);
    expect(started).toBe(2);
    drawn.resolve();
    const given = await stage.clock.run(Promise.all(leases));
    expect(idsOf(given)).toEqual(['fake-1', 'fake-2', 'fake-3', 'fake-4', 'fake-5']);
  });

  it('are each told of a failure of their own', async () => {
    await using stage = openPool({ minimum: 0, maximumStarts: 1 }, { failure: new Error('no room') });
    const leases = Array.from({ length: 3 }, () => stage.pool.create(spec));
    const ends = await stage.clock.run(Promise.allSettled(leases));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});

describe('a lease that is given up', () => {
  it('while it waits leaves the desktop to the next', async () => {
    const drawn = Promise.withResolvers<void>();
    await using stage = openPool({ minimum: 0 }, { until: drawn.promise });
    const stopper = new AbortController();
    const first = stage.pool.create(spec, { signal: stopper.signal });
    stopper.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const second = stage.pool.create(spec);
    drawn.resolve();
    expect((await second).id).toBe('fake-1');
  });
});

describe('a pool that is closed', () => {
  it('removes what nobody leased, ends its starts and leaves leased desktops alone', async () => {
    const { driver, clock, pool } = openPool({ minimum: 2 });
    await clock.advance(0);
    const leased = await pool.create(spec);
    await clock.run(pool[Symbol.asyncDispose]());
    const left = driver.sandboxes.filter(({ isDisposed }) => !isDisposed);
    expect(idsOf(left)).toEqual([leased.id]);
    await expect(pool.create(spec)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('removes what was given back, and what is given back to it later', async () => {
    const { driver, clock, pool } = openPool({ minimum: 2 });
    await clock.advance(0);
    const [early, late] = [await pool.create(spec), await pool.create(spec)];
    await early[Symbol.asyncDispose]();
    await clock.run(pool[Symbol.asyncDispose]());
    expect(idsOf(driver.sandboxes.filter(({ isDisposed }) => !isDisposed))).toEqual([late.id]);
    await late[Symbol.asyncDispose]();
    expect(driver.sandboxes.filter(({ isDisposed }) => !isDisposed)).toEqual([]);
  });

  it('says what it could not remove', async () => {
    const { driver, clock, pool } = openPool();
    await clock.advance(0);
    for (const sandbox of driver.sandboxes)
      sandbox.disposalFailure = new Error('The engine does not answer.');
    await expect(clock.run(pool[Symbol.asyncDispose]())).rejects.toThrow('The engine does not answer.');
  });
});
