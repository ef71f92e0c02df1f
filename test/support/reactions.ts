import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import type { Screenshot } from '../../src/action/screenshot.ts';
import type { Display, SettleReport } from '../../src/display/display.ts';
import type { Sandbox } from '../../src/sandbox/sandbox-driver.ts';
import type { Point } from '../../src/util/geometry.ts';
import { CONTENTS, linkAt, PAGES } from './pages.ts';

/** Longer than anything that the desktop does by itself after an action. */
const LATER_MS = 1000;
/** Where the panel's clock is not: it may strike between two pictures. */
const BELOW_PANEL = 32;
const APPLICATIONS: Point = { x: 40, y: 15 };

export interface Desktop {
  readonly sandbox: Sandbox;
  readonly display: Display;
}

/** Something that a desktop does when it is asked to, and the way back. */
export interface Reaction {
  readonly name: string;
  /** Once, before the first try. */
  readonly prepare?: (desktop: Desktop) => Promise<void>;
  /** Before each try, where it does not count. */
  readonly approach?: (desktop: Desktop, index: number) => Promise<void>;
  readonly act: (desktop: Desktop, index: number) => Promise<void>;
  readonly undo: (desktop: Desktop) => Promise<void>;
}

export interface Try {
  /** Whether the picture taken when the screen had settled is the one that it stayed. */
  readonly isWhole: boolean;
  /** Whether anything became of it at all. */
  readonly hasHappened: boolean;
  /** From the sending to the picture in hand. */
  readonly ms: number;
  readonly settled: SettleReport;
  /** When it had settled, and later. */
  readonly pictures: readonly [Screenshot, Screenshot];
}

export async function tryOnce(desktop: Desktop, reaction: Reaction, index: number): Promise<Try> {
  const { display } = desktop;
  await reaction.approach?.(desktop, index);
  await display.settle();
  const before = await belowPanel(await display.screenshot());
  const startedAt = performance.now();
  await reaction.act(desktop, index);
  const settled = await display.settle();
  const picture = await display.screenshot();
  const ms = performance.now() - startedAt;
  await delay(LATER_MS);
  const later = await display.screenshot();
  const stayed = await belowPanel(later);
  await reaction.undo(desktop);
  const isWhole = stayed.equals(await belowPanel(picture));
  return { isWhole, hasHappened: !stayed.equals(before), ms, settled, pictures: [picture, later] };
}

async function belowPanel({ png, width, height }: Screenshot): Promise<Buffer> {
  const region = { left: 0, top: BELOW_PANEL, width, height: height - BELOW_PANEL };
  return await sharp(png).extract(region).raw().toBuffer();
}

const escape = async ({ display }: Desktop): Promise<void> => {
  await display.keyboard.chord(['Escape']);
  await display.settle();
};

const menu: Reaction = {
  name: 'a menu opens',
  act: async ({ display }) => await display.pointer.click(APPLICATIONS, 'left'),
  undo: escape,
};

const closing: Reaction = {
  name: 'a menu closes',
  approach: async ({ display }) => await display.pointer.click(APPLICATIONS, 'left'),
  act: async ({ display }) => await display.keyboard.chord(['Escape']),
  undo: async () => {},
};

const contextMenu: Reaction = {
  name: 'a context menu opens',
  act: async ({ display }, index) =>
    await display.pointer.click({ x: 300 + (index % 50) * 4, y: 300 }, 'right'),
  undo: escape,
};

const dialog: Reaction = {
  name: 'a dialog opens',
  prepare: async (desktop) => {
    const script = 'cd; for i in $(seq 30); do echo $i >file-$i.txt; done; setsid mousepad >/dev/null 2>&1 &';
    await desktop.sandbox.exec(['sh', '-c', script]);
    await windows(desktop, 1);
  },
  act: async ({ display }) => await display.keyboard.chord(['Control', 'o']),
  undo: escape,
};

/** Entries of the menu, from its top: the file manager, the terminal. */
const ENTRIES: readonly Point[] = [
  { x: 60, y: 75 },
  { x: 60, y: 102 },
];

const start: Reaction = {
  name: 'an application starts',
  prepare: async (desktop) => await close(desktop),
  approach: async ({ display }) => await display.pointer.click(APPLICATIONS, 'left'),
  act: async ({ display }, index) =>
    await display.pointer.click(ENTRIES[index % ENTRIES.length] ?? APPLICATIONS, 'left'),
  undo: async (desktop) => await close(desktop),
};

/** Ends what has a window, also what only gets one now. */
async function close(desktop: Desktop): Promise<void> {
  const script = `while wmctrl -l | grep -v ' -1 ' | cut -d' ' -f1 | grep .; do
    wmctrl -l | grep -v ' -1 ' | cut -d' ' -f1 | xargs -r -n1 wmctrl -i -c; sleep 0.2; done`;
  await desktop.sandbox.exec(['sh', '-c', script], { timeoutMs: 60_000 });
  await delay(LATER_MS / 2);
  await desktop.display.ready({ timeoutMs: 20_000 });
}

/** Waits until there are so many windows, the panel and the desktop not counted. */
async function windows({ sandbox, display }: Desktop, count: number): Promise<void> {
  const script = `until [ $(wmctrl -l | grep -vc ' -1 ') = ${count} ]; do sleep 0.05; done`;
  await sandbox.exec(['sh', '-c', script], { timeoutMs: 20_000 });
  await display.ready({ timeoutMs: 20_000 });
}

/** What windows do that are there. */
export const REACTIONS: readonly Reaction[] = [menu, closing, contextMenu, dialog];
export const STARTS: readonly Reaction[] = [start];

/** Where the page begins in the window of the browser, which fills the screen. */
const PAGE: Point = { x: 0, y: 120 };

const load: Reaction = {
  name: 'a page loads',
  prepare: async (desktop) => {
    await desktop.sandbox.writeFiles(PAGES);
    const command = `cd; setsid chromium --start-maximized file://${CONTENTS} >/dev/null 2>&1 &`;
    await desktop.sandbox.exec(['sh', '-c', command]);
    await titled(desktop, 'Contents');
  },
  act: async ({ display }, index) => {
    const { x, y } = linkAt(index);
    await display.pointer.click({ x: PAGE.x + x, y: PAGE.y + y }, 'left');
  },
  undo: async (desktop) => {
    await desktop.display.keyboard.chord(['Alt', 'ArrowLeft']);
    await titled(desktop, 'Contents');
    await delay(LATER_MS / 2);
  },
};

/** Waits until a window has this title and everything stands still. */
async function titled({ sandbox, display }: Desktop, title: string): Promise<void> {
  const script = `until wmctrl -l | grep -q '${title}'; do sleep 0.05; done`;
  await sandbox.exec(['sh', '-c', script], { timeoutMs: 30_000 });
  await display.ready({ timeoutMs: 30_000 });
}

/** On a desktop with a browser. */
export const BROWSER_REACTIONS: readonly Reaction[] = [load];
