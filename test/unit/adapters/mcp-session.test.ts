import { describe, expect, it } from 'vitest';
import { DesktopSession } from '../../../src/adapters/mcp/desktop-session.ts';
import { CancelledError, DisplayError, EngineError } from '../../../src/errors.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { FakeDesktops } from './fake-desktop.ts';

const IDLE_MS = 1000;

function createSession(desktops: FakeDesktops) {
  const clock = new ManualClock();
  const session = new DesktopSession({ open: desktops.open, idleMs: IDLE_MS, clock });
  return { clock, session };
}

const nothing = (): Promise<void> => Promise.resolve();

describe('a desktop session', () => {
  it('makes one desktop, however often it is started', async () => {
    const desktops = new FakeDesktops();
    const { session } = createSession(desktops);
    const started = await Promise.all([session.start({}), session.start({}), session.start({})]);
    expect(started.map(({ isNew }) => isNew)).toEqual([true, false, false]);
    expect(desktops.opened).toHaveLength(1);
  });

  it('says that there is no desktop, before the start and after the stop', async () => {
    const desktops = new FakeDesktops();
    const { session } = createSession(desktops);
    const hint = 'Call desktop_start first.';
    const code = 'sandbox-not-found';
    await expect(session.use({}, nothing)).rejects.toMatchObject({
      code,
      hint,
      message: 'There is no desktop.',
    });
    await session.start({});
    expect(await session.stop()).toBe(true);
    expect(await session.stop()).toBe(false);
    expect(desktops.alive).toBe(0);
    await expect(session.use({}, nothing)).rejects.toMatchObject({
      code,
      message: 'There is no desktop. It was stopped.',
    });
  });

  it('tells why a desktop could not be made, and can be started again', async () => {
    const failure = new EngineError('engine-unreachable', 'No engine.');
    const { session } = createSession(new FakeDesktops({ failure }));
    await expect(session.start({})).rejects.toBe(failure);
    await expect(session.start({})).rejects.toBe(failure);
  });

  it('does calls one after the other, in their order', async () => {
    const { session } = createSession(new FakeDesktops());
    await session.start({});
    const events: string[] = [];
    const first = Promise.withResolvers<void>();
    const calls = [
      session.use({}, async () => {
        events.push('first begins');
        await first.promise;
        events.push('first ends');
      }),
      session.use({}, () => {
        events.push('second');
        return nothing();
      }),
    ];
    await expect.poll(() => events).toEqual(['first begins']);
    first.resolve();
    await Promise.all(calls);
    expect(events).toEqual(['first begins', 'first ends', 'second']);
  });

  it('goes on after a call that failed or was cancelled', async () => {
    const { session } = createSession(new FakeDesktops());
    await session.start({});
    await expect(session.use({}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const signal = AbortSignal.abort(new CancelledError('cancelled', 'Never mind.'));
    await expect(session.use({ signal }, nothing)).rejects.toThrow('Never mind.');
    expect(await session.use({}, () => Promise.resolve('fine'))).toBe('fine');
  });

  it('removes a desktop that nobody uses, and not one in use', async () => {
    const desktops = new FakeDesktops();
    const { session, clock } = createSession(desktops);
    await session.start({});
    await clock.advance(IDLE_MS - 1);
    const long = Promise.withResolvers<void>();
    const using = session.use({}, () => long.promise);
    await clock.advance(10 * IDLE_MS);
    expect(desktops.alive).toBe(1);
    long.resolve();
    await using;
    await clock.advance(IDLE_MS - 1);
    expect(desktops.alive).toBe(1);
    await clock.advance(1);
    expect(desktops.alive).toBe(0);
    await expect(session.use({}, nothing)).rejects.toMatchObject({
      message: 'There is no desktop. It was removed because nobody used it.',
    });
    expect((await session.start({})).isNew).toBe(true);
  });

  it('removes what is left of a desktop that ended by itself, and says so', async () => {
    const desktops = new FakeDesktops();
    const { session } = createSession(desktops);
    await session.start({});
    desktops.opened[0]?.display.lose(new DisplayError('display-closed', 'The sandbox is out of memory.'));
    await expect.poll(() => desktops.alive).toBe(0);
    await expect(session.use({}, nothing)).rejects.toMatchObject({
      code: 'sandbox-not-found',
      message: 'There is no desktop. It was lost: The sandbox is out of memory.',
    });
    expect((await session.start({})).isNew).toBe(true);
  });

  it('ends what is under way when it is disposed of, and takes nothing more', async () => {
    const desktops = new FakeDesktops();
    const { session, clock } = createSession(desktops);
    await session.start({});
    const using = session.use({}, async (_desktop, signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      await promise;
    });
    await Promise.all([
      expect(using).rejects.toMatchObject({ code: 'cancelled' }),
      session[Symbol.asyncDispose](),
      session[Symbol.asyncDispose](),
    ]);
    expect([desktops.alive, clock.sleeping]).toEqual([0, 0]);
    await expect(session.start({})).rejects.toMatchObject({ code: 'cancelled' });
    expect(desktops.opened).toHaveLength(1);
  });
});
