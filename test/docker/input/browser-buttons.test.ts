import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;

/** Each page is one link to the other. */
const page = (name: string, other: string): string =>
  `<title>page ${name}</title><a href="${other}.html" style="display:block;height:100vh">to ${other}</a>`;

/** What the browser's window shows, as soon as it is another page than this one. */
async function pageAfter(before: string): Promise<string> {
  return await until(async () => {
    const shown = /page (?<name>\w+)/u.exec(await desk.shell('wmctrl -l'))?.groups?.['name'];
    return shown !== before && shown;
  }, `other page than ${before}`);
}

beforeAll(async () => {
  desk = await openDesk({ hasBrowser: true });
  const pages = [
    ['one', 'two'],
    ['two', 'one'],
  ] as const;
  await desk.sandbox.writeFiles(
    pages.map(([name, other]) => ({
      path: `/home/user/${name}.html`,
      content: Buffer.from(page(name, other)),
    })),
  );
  await desk.start('chromium file:///home/user/one.html');
  await pageAfter('');
  await desk.display.settle();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

it('the side buttons go back and forward in Chromium', async () => {
  const at = { x: 400, y: 400 };
  await desk.act({ type: 'click', button: 'left', ...at });
  const trail = [await pageAfter('one')];
  for (const button of ['back', 'forward', 'back']) {
    await desk.display.settle();
    await desk.act({ type: 'click', button, ...at });
    trail.push(await pageAfter(trail.at(-1) ?? ''));
  }
  expect(trail).toEqual(['two', 'one', 'two', 'one']);
});
