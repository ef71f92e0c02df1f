import { mkdir, writeFile } from 'node:fs/promises';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { REACTIONS, tryOnce } from '../support/reactions.ts';
import type { Desktop, Reaction, Try } from '../support/reactions.ts';
import { summarize } from './statistics.ts';
import type { Summary } from './statistics.ts';

const SIZE = { width: 1440, height: 900 };
const TRIES = 200;
/** Where the pictures of what was not whole are kept. */
const PICTURES = '.cache/settle';

/** How often each reaction of a desktop was photographed half-drawn, or not at all, and how long the picture took, ms. */
export async function benchSettle(): Promise<unknown> {
  await using driver = await createDockerDriver({});
  await using sandbox = await driver.create({
    runId: 'bench-settle',
    display: SIZE,
    network: 'none',
    memoryBytes: 1024 ** 3,
    cpus: 2,
    pidsLimit: 256,
    expiresInMs: 7_200_000,
  });
  const activity = await sandbox.openActivity();
  await using display = await createDisplay({ connect: (o) => sandbox.openVnc(o), size: SIZE, activity });
  await display.ready({ timeoutMs: 30_000 });
  const desktop = { sandbox, display };
  const idle: number[] = [];
  for (let i = 0; i < TRIES; i++) idle.push((await display.settle()).waitedMs);
  const reactions: Record<string, unknown> = {};
  for (const reaction of REACTIONS) reactions[reaction.name] = await bench(desktop, reaction);
  return { size: SIZE, tries: TRIES, idleMs: summarize(idle), reactions };
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
