import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureImage } from '../../../src/sandbox/docker/image/desktop-image.ts';
import { ensureBrowserImage, inspectBrowserImage } from '../../../src/sandbox/docker/image/browser-image.ts';
import { type Desk, openDesk } from '../input/desk.ts';
import { Bench } from './desktop.ts';

describe('the desktop with a browser', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await Bench.open();
  });

  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it('is an image of its own, upon the desktop, which stays lean', async () => {
    const { isNew: _, ...desktop } = await ensureImage(bench.engine);
    const browser = await ensureBrowserImage(bench.engine);
    expect(browser).toMatchObject({ isCurrent: true, base: desktop.reference });
    expect(browser.reference).toMatch(/^deskhand\/ubuntu-desktop-browser:[0-9a-f]{12}$/);
    const { isNew, ...facts } = await ensureBrowserImage(bench.engine);
    expect(isNew).toBe(false);
    expect(await inspectBrowserImage(bench.engine)).toEqual(facts);
    expect(desktop.sizeBytes).toBeLessThan(460_000_000);
  });

  it('says so where a user namespace cannot be made', async () => {
    const { reference } = await ensureBrowserImage(bench.engine);
    // The engine's own seccomp profile forbids it, as some hosts do.
    const exited = await bench.engine.call('running the browser', async (docker) => {
      const container = await docker.createContainer({
        Image: reference,
        Cmd: ['chromium', 'about:blank'],
        Labels: { 'deskhand.run': bench.runId },
        HostConfig: { CapDrop: ['ALL'], NetworkMode: 'none' },
      });
      await container.start();
      const { StatusCode } = await container.wait();
      return { code: StatusCode, output: (await container.logs({ stderr: true, stdout: true })).toString() };
    });
    expect(exited).toEqual({
      code: 78,
      output: expect.stringContaining("deskhand: the browser's own sandbox cannot be had: unshare"),
    });
  });
});

describe('Chromium on an ordinary desktop', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({ hasBrowser: true });
  });

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  });

  const titles = async (): Promise<string> => await desk.shell('wmctrl -l');

  it('opens a page from a file', async () => {
    const page = '<!doctype html><title>A page from a file</title><h1>Hello</h1>';
    const path = '/home/user/Documents/page.html';
    await desk.sandbox.writeFiles([{ path, content: Buffer.from(page) }]);
    await desk.start(`chromium file://${path}`);
    await expect.poll(titles, { timeout: 20_000 }).toContain('A page from a file - Chromium');
  });

  it('opens a page from a server beside it', async () => {
    const page = '<!doctype html><title>A page from a server</title>';
    await desk.sandbox.writeFiles([{ path: '/home/user/site/index.html', content: Buffer.from(page) }]);
    const server = 'python3 -m http.server --bind 127.0.0.1 --directory /home/user/site 8080';
    await desk.start(server);
    const ports = async (): Promise<string> => await desk.shell('cat /proc/net/tcp');
    await expect.poll(ports, { timeout: 20_000 }).toContain(' 0100007F:1F90 00000000:0000 0A ');
    await desk.start('chromium http://127.0.0.1:8080/');
    await expect.poll(titles, { timeout: 20_000 }).toContain('A page from a server - Chromium');
  });

  it('keeps the sandbox of its own on', async () => {
    const script = `for pid in $(pgrep -f -- '--type=renderer'); do
        grep -H -E '^(Seccomp|NSpid|NoNewPrivs|CapEff):' /proc/$pid/status | cut -d: -f2-
      done; pgrep -af chromium`;
    const output = await desk.shell(script);
    expect(output).not.toContain('--no-sandbox');
    // A pid in the container's namespace and one in that of the renderer.
    expect(output).toMatch(/NSpid:\s+\d+\s+\d+/);
    expect(output).toMatch(/CapEff:\s+0{16}/);
    expect(output).toMatch(/Seccomp:\s+2/);
  });
});
