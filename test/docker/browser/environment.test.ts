import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Display } from '../../../src/display/display.ts';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import { type Browser, startBrowser } from '../../../src/sandbox/browser/browser.ts';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { DockerSandbox } from '../../../src/sandbox/docker/docker-sandbox.ts';
import { ensureBrowserImage } from '../../../src/sandbox/docker/image/browser-image.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { Bench } from '../sandbox/desktop.ts';

const size = { width: 1024, height: 768 };
const pages = '/home/user/pages';
const START = `file://${pages}/start.html`;

let bench: Bench;
let driver: DockerDriver;
let sandbox: DockerSandbox;
let display: Display;
let browser: Browser;

beforeAll(async () => {
  bench = await Bench.open();
  driver = await bench.driver({ image: (await ensureBrowserImage(bench.engine)).reference });
  sandbox = await driver.create({ ...bench.spec, display: size, pidsLimit: 512 });
  display = await createDisplay({ connect: (o) => sandbox.openVnc(o), size, clock: systemClock });
  await display.ready({ timeoutMs: 20_000 });
  const page = (body: string) => Buffer.from(`<!doctype html><title>Page</title>${body}`);
  await sandbox.writeFiles([
    { path: `${pages}/start.html`, content: page('<a href="next.html" style="font-size:80px">Next</a>') },
    {
      path: `${pages}/next.html`,
      content: page(
        '<script>Object.defineProperty(document, "visibilityState", { value: "visible" }); document.hasFocus = () => true</script>',
      ),
    },
    { path: `${pages}/busy.html`, content: page('<script>for (;;);</script>') },
  ]);
  browser = await startBrowser(sandbox, { url: START });
});

afterAll(async () => {
  await display[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const current = async (): Promise<string | undefined> => await browser.currentUrl();
const shell = async (script: string): Promise<string> =>
  (await sandbox.exec(['sh', '-c', script])).stdout.toString();

describe('the browser environment', () => {
  it('shows the page that it was started with, over the whole screen', async () => {
    await expect.poll(current, { timeout: 20_000 }).toBe(START);
    const geometry = async (): Promise<string> =>
      await shell('xdotool search --onlyvisible --class chromium getwindowgeometry --shell 2>/dev/null');
    await expect.poll(geometry, { timeout: 20_000 }).toMatch(/X=0\nY=0\nWIDTH=1024\nHEIGHT=768/);
  });

  it('listens on no port, and shows no bar that says what it is', async () => {
    expect(await shell('cat /proc/net/tcp /proc/net/tcp6 | grep -c " 0A "')).toBe('0\n');
    expect(await shell('ps axo args | grep -c -- [-]-remote-debugging-port')).toBe('0\n');
  });

  it('tells where a click has led', async () => {
    await display.settle();
    await display.pointer.click({ x: 70, y: 150 }, 'left');
    await expect.poll(current, { timeout: 20_000 }).toBe(`file://${pages}/next.html`);
  });

  it('tells of the tab in front, whatever the others pretend', async () => {
    await display.keyboard.chord(['Control', 't']);
    await expect.poll(current, { timeout: 20_000 }).toBe('chrome://newtab/');
    await display.settle();
    await display.keyboard.type(`${START}\n`);
    await expect.poll(current, { timeout: 20_000 }).toBe(START);
    await display.keyboard.chord(['Control', '1']);
    await expect.poll(current, { timeout: 20_000 }).toBe(`file://${pages}/next.html`);
    await display.keyboard.chord(['Control', '2']);
    await expect.poll(current, { timeout: 20_000 }).toBe(START);
  });

  it('tells where a page is that answers nobody', async () => {
    await shell(`chromium file://${pages}/busy.html >/dev/null 2>&1`);
    await expect.poll(current, { timeout: 20_000 }).toBe(`file://${pages}/busy.html`);
  });

  it('says so when it has been closed', async () => {
    await shell('pkill -KILL -f /usr/lib/chromium/chromium; true');
    await expect
      .poll(async () => await current().catch((error: unknown) => error))
      .toMatchObject({ code: 'browser-failed' });
  });
});

describe('a browser that cannot be started', () => {
  it('is told with the reason', async () => {
    const lean = await driver.create({ ...bench.spec, image: bench.image });
    await expect(startBrowser(lean, { url: 'about:blank' })).rejects.toMatchObject({
      code: 'browser-failed',
      message: expect.stringContaining('chromium: not found'),
    });
  });
});
