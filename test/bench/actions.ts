import { execFile } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import type { Display } from '../../src/display/display.ts';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { connectEngine } from '../../src/sandbox/docker/engine.ts';
import { ensureImage } from '../../src/sandbox/docker/image/desktop-image.ts';
import type { Sandbox, SandboxDriver } from '../../src/sandbox/sandbox-driver.ts';
import type { Point, Size } from '../../src/util/geometry.ts';
import { ensureToolsImage } from '../support/tools-image.ts';
import { sample, summarize, timed } from './statistics.ts';
import type { Summary } from './statistics.ts';

const SIZE: Size = { width: 1440, height: 900 };
const ROUNDS = 25;
const CHARS = 10_000;
/** What others sleep after each action, ms. */
const PAUSE_MS = 2000;
const run = promisify(execFile);

/**
 * Each action from its sending to the picture of what it brought about, ms: here, and by xdotool and ImageMagick
 * through `docker exec` on the same desktop, in turn. Then typing.
 */
export async function benchActions(): Promise<unknown> {
  const engine = await connectEngine();
  const { reference } = await ensureImage(engine);
  await using driver = await createDockerDriver({ engine, image: await ensureToolsImage(engine, reference) });
  return { size: SIZE, ...(await benchDesktop(driver)) };
}

async function benchDesktop(driver: SandboxDriver): Promise<Readonly<Record<string, unknown>>> {
  await using sandbox = await startDesktop(driver, SIZE);
  const connect = async (): Promise<Duplex> => await sandbox.openVnc();
  await using display = await createDisplay({
    connect,
    size: SIZE,
    activity: await sandbox.openActivity?.(),
  });
  await openEditor(sandbox, display);
  const peer = peersOf(sandbox);
  const click = await compare(
    async (i) => await display.pointer.click(spot(i), 'left'),
    async (i) => await peer(`xdotool mousemove ${spot(i).x} ${spot(i).y} click 1`),
    { display, peer },
  );
  const keyPress = await compare(
    async (i) => await display.keyboard.chord([letter(i)]),
    async (i) => await peer(`xdotool key ${letter(i)}`),
    { display, peer },
  );
  return {
    click,
    keyPress,
    screenshot: await benchScreenshot(display, peer),
    typing: await benchTyping(display),
  };
}

async function startDesktop(driver: SandboxDriver, display: Size): Promise<Sandbox> {
  return await driver.create({
    runId: `bench-${display.width}`,
    display,
    network: 'none',
    memoryBytes: 1024 ** 3,
    cpus: 2,
    pidsLimit: 256,
    expiresInMs: 600_000,
  });
}

async function openEditor(sandbox: Sandbox, display: Display): Promise<void> {
  const text = `${'some words to click at '.repeat(5)}\n`.repeat(40);
  await sandbox.writeFiles([{ path: '/home/user/text.txt', content: Buffer.from(text) }]);
  await sandbox.exec(['sh', '-c', 'setsid mousepad text.txt >/dev/null 2>&1 &']);
  const script =
    'until wmctrl -r text.txt -e 0,100,100,800,600 2>/dev/null; do sleep 0.05; done; wmctrl -a text.txt';
  await sandbox.exec(['sh', '-c', script], { timeoutMs: 20_000 });
  await display.ready({ timeoutMs: 20_000 });
}

/** Places in the text, each far enough from the one before for another line of it. */
const spot = (index: number): Point => ({ x: 200 + 30 * (index % 15), y: 250 + 40 * (index % 7) });
const letter = (index: number): string => 'abcdefgh'.charAt(index % 8);

type Peer = (command: string) => Promise<void>;

/** The recipe of OpenAI's documents: every operation is a `docker exec` of its own. */
function peersOf({ id }: Sandbox): Peer {
  return async (command) => {
    await run('docker', ['exec', id, ...command.split(' ')], { encoding: 'buffer', maxBuffer: 2 ** 26 });
  };
}

const PEER_SHOT = 'import -window root png:-';

interface Comparison {
  readonly deskhand: Summary;
  readonly peers: Summary;
  readonly peersAndPause: Summary;
  /** How many times faster at p50 and p95. */
  readonly overPeers: Readonly<Record<'p50' | 'p95', number>>;
  readonly overPeersAndPause: Readonly<Record<'p50' | 'p95', number>>;
}

interface Rivals {
  readonly display: Display;
  readonly peer: Peer;
}

type Act = (index: number) => Promise<void>;

/** In turn, so that a load on the machine is a load on both. */
async function compare(ours: Act, theirs: Act, { display, peer }: Rivals): Promise<Comparison> {
  const peers: number[] = [];
  const deskhand = await sample(ROUNDS, async (round) => {
    const ms = await timed(async () => {
      await ours(2 * round);
      await display.settle();
      await display.screenshot();
    });
    const theirMs = await timed(async () => {
      await theirs(2 * round + 1);
      await peer(PEER_SHOT);
    });
    peers.push(theirMs);
    await display.settle();
    return ms;
  });
  return toComparison(deskhand, peers);
}

/** Of a frame that was not encoded before: it is while it is settled on, so here nothing waits for that. */
async function benchScreenshot(display: Display, peer: Peer): Promise<Comparison> {
  const peers: number[] = [];
  const deskhand = await sample(ROUNDS, async (round) => {
    await display.keyboard.chord([letter(round)]);
    peers.push(await timed(async () => await peer(PEER_SHOT)));
    return await timed(async () => await display.screenshot());
  });
  return toComparison(deskhand, peers);
}

function toComparison(ours: readonly number[], theirs: readonly number[]): Comparison {
  const deskhand = summarize(ours);
  const peers = summarize(theirs);
  const peersAndPause = summarize(theirs.map((ms) => ms + PAUSE_MS));
  const over = (other: Summary): Comparison['overPeers'] => ({
    p50: Math.round((10 * other.p50) / deskhand.p50) / 10,
    p95: Math.round((10 * other.p95) / deskhand.p95) / 10,
  });
  return { deskhand, peers, peersAndPause, overPeers: over(peers), overPeersAndPause: over(peersAndPause) };
}

async function benchTyping(display: Display): Promise<Readonly<Record<string, number>>> {
  const text = 'The quick brown fox jumps over 13 lazy dogs.\n'.repeat(Math.ceil(CHARS / 45)).slice(0, CHARS);
  const ms = await timed(async () => {
    await display.keyboard.type(text);
    await display.settle();
  });
  return { chars: text.length, ms: Math.round(ms), charsPerSecond: Math.round((1000 * text.length) / ms) };
}
