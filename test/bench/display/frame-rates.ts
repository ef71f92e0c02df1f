import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { connectRfb2 } from '../../../src/display/rfb/rfb2-client.ts';
import type { RfbUpdate } from '../../../src/display/rfb/rfb-client.ts';
import type { Sandbox, SandboxDriver } from '../../../src/sandbox/sandbox-driver.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { Size } from '../../../src/util/geometry.ts';
import { sample, summarize, timed } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import { startSandbox } from './bench-desktop.ts';

const SIZES: readonly Size[] = [
  { width: 1024, height: 768 },
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
];
const FRAMES = 60;
const WATCH_MS = 5000;
const BYTES_PER_PIXEL = 4;
/** A terminal that covers the screen and never stops counting. */
const BUSY = `setsid xfce4-terminal --disable-server --fullscreen --hide-menubar -x seq 1 1000000000 >/dev/null 2>&1 &
  until xdotool search --class xfce4-terminal >/dev/null 2>&1; do sleep 0.05; done; sleep 1`;

interface FrameRates {
  readonly size: Size;
  /** From the request for all pixels to the last of them, ms. */
  readonly wholeFrame: Summary;
  readonly wholeFramesPerSecond: number;
  /** While a terminal scrolls over the whole screen. */
  readonly updatesPerSecond: number;
  readonly changedMegapixelsPerSecond: number;
}

/** How many whole frames, and how many updates of what changes, arrive in a second. */
export async function benchFrameRates(driver: SandboxDriver): Promise<readonly FrameRates[]> {
  const rates: FrameRates[] = [];
  for (const size of SIZES) {
    await using sandbox = await startSandbox(driver, size);
    const stream = await sandbox.openVnc();
    await using rfb = await connectRfb2(stream, { clock: systemClock });
    const wholeFrame = summarize(
      await sample(FRAMES, async () => await timed(() => readFrame(stream, size))),
    );
    const updates = await watchScrolling(sandbox, (listener) => rfb.onUpdate(listener));
    rates.push({ size, wholeFrame, wholeFramesPerSecond: Math.round(1000 / wholeFrame.p50), ...updates });
  }
  return rates;
}

async function watchScrolling(
  sandbox: Sandbox,
  listen: (listener: (update: RfbUpdate) => void) => () => void,
): Promise<Pick<FrameRates, 'updatesPerSecond' | 'changedMegapixelsPerSecond'>> {
  await sandbox.exec(['sh', '-c', BUSY], { timeoutMs: 20_000 });
  let updates = 0;
  let pixels = 0;
  const stop = listen(({ rects }) => {
    updates++;
    for (const { width, height } of rects) pixels += width * height;
  });
  await delay(WATCH_MS);
  stop();
  const perSecond = (count: number): number => Math.round((10_000 * count) / WATCH_MS) / 10;
  return { updatesPerSecond: perSecond(updates), changedMegapixelsPerSecond: perSecond(pixels / 1e6) };
}

/** Asks for all pixels. The client reads them; that they have come is seen by their number alone. */
async function readFrame(stream: Duplex, size: Size): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  let missing = size.width * size.height * BYTES_PER_PIXEL;
  const count = (chunk: Buffer): void => {
    missing -= chunk.length;
    if (missing <= 0) done.resolve(undefined);
  };
  stream.on('data', count);
  stream.write(toFrameRequest(size));
  await done.promise;
  stream.off('data', count);
}

/** FramebufferUpdateRequest, not incremental: RFC 6143 7.5.3. */
function toFrameRequest({ width, height }: Size): Buffer {
  const request = Buffer.alloc(10);
  request.writeUInt8(3);
  request.writeUInt16BE(width, 6);
  request.writeUInt16BE(height, 8);
  return request;
}
