import { mkdir, writeFile } from 'node:fs/promises';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { connectEngine } from '../../src/sandbox/docker/engine.ts';
import { ensureBrowserImage } from '../../src/sandbox/docker/image/browser-image.ts';
import { ensureImage } from '../../src/sandbox/docker/image/desktop-image.ts';
import { BROWSER_REACTIONS, REACTIONS, STARTS, tryOnce } from '../support/reactions.ts';
import type { Desktop, Reaction, Try } from '../support/reactions.ts';
import { summarize } from './statistics.ts';
import type { Summary } from './statistics.ts';

const SIZE = { width: 1440, height: 900 };
const TRIES = 200;
/** Where the pictures of what was not whole are kept. */
const PICTURES = '.cache/settle';

/** How often each reaction of a desktop was photographed half-drawn, or not at all, and how long the picture took, ms. */
export async function benchSettle(): Promise<unknown> {
  const { reference } = await ensureImage(await connectEngine());
  return await benchAll(reference, REACTIONS);
}

/** The same for applications that start. */
export async function benchStarts(): Promise<unknown> {
  const { reference } = await ensureImage(await connectEngine());
  return await benchAll(reference, STARTS);
}

/** The same for pages in Chromium. */
export async function benchPages(): Promise<unknown> {
  const { reference } = await ensureBrowserImage(await connectEngine());
  return await benchAll(reference, BROWSER_REACTIONS);
}

async function benchAll(image: string, reactions: readonly Reaction[]): Promise<unknown> {
  await using driver = await createDockerDriver({ image });
  await using sandbox = await driver.create({
    runId: 'bench-settle',
    display: SIZE,
    network: 'none',
    memoryBytes: 2 * 1024 ** 3,
    cpus: 2,
    pidsLimit: 512,
    expiresInMs: 7_200_000,
  });
  const activity = await sandbox.openActivity();
  await using display = await createDisplay({ connect: (o) => sandbox.openVnc(o), size: SIZE, activity });
  await display.ready({ timeoutMs: 30_000 });
  const idle: number[] = [];
  for (let i = 0; i < TRIES; i++) idle.push((await display.settle()).waitedMs);
  const found: Record<string, Figures> = {};
  for (const reaction of reactions) found[reaction.name] = await bench({ sandbox, display }, reaction);
  return { size: SIZE, tries: TRIES, idleMs: summarize(idle), reactions: found };
}

interface Figures {
  readonly halfDrawn: number;
  readonly withoutEffect: number;
  readonly ms: Summary;
  readonly reasons: Readonly<Record<string, number>>;
}

async function bench(desktop: Desktop, reaction: Reaction): Promise<Figures> {
  await reaction.prepare?.(desktop);
  const tries: Try[] = [];
  for (let i = 0; i < TRIES; i++) {
    const found = await tryOnce(desktop, reaction, i);
    if (!found.isWhole || !found.hasHappened) await keep(`${reaction.name} ${i}`, found);
    tries.push(found);
  }
  const reasons = Object.groupBy(tries, ({ settled }) => settled.reason);
  return {
    halfDrawn: tries.filter(({ isWhole }) => !isWhole).length,
    withoutEffect: tries.filter(({ hasHappened }) => !hasHappened).length,
    ms: summarize(tries.map(({ ms }) => ms)),
    reasons: Object.fromEntries(Object.entries(reasons).map(([name, of]) => [name, of.length])),
  };
}

async function keep(name: string, { pictures, settled }: Try): Promise<void> {
  console.log(name, JSON.stringify(settled));
  await mkdir(PICTURES, { recursive: true });
  const [atOnce, later] = pictures;
  await writeFile(`${PICTURES}/${name} settled.png`, atOnce.png);
  await writeFile(`${PICTURES}/${name} later.png`, later.png);
}
