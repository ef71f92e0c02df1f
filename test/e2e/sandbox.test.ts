import { connect } from 'node:net';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { createTemporaryFolder, runCli, startCli } from '../support/cli.ts';

const docker = promisify(execFile);

it.concurrent('makes, lists, uses, photographs and removes a desktop by hand', async () => {
  await using folder = await createTemporaryFolder();
  const sizes = ['--display', '1024x768', '--screen', '1920x1080'];
  const made = await runCli(['sandbox', 'create', ...sizes, '--expires', '10m']);
  expect(made.code).toBe(0);
  const name = made.stdout.trim();
  const screen = await runCli(['sandbox', 'exec', name, '--', 'xwininfo', '-root']);
  expect(screen.stdout).toContain('-geometry 1920x1080+0+0');

  const listed = await runCli(['sandbox', 'ls']);
  expect(listed.stdout).toMatch(new RegExp(`${name} +kept +running +none`));

  const said = await runCli(['sandbox', 'exec', name, '--', 'sh', '-c', 'id -un; echo oops >&2; exit 7']);
  expect(said).toEqual({ code: 7, stdout: 'user\n', stderr: 'oops\n' });

  const png = join(folder.path, 'desktop.png');
  expect((await runCli(['sandbox', 'screenshot', name, png])).code).toBe(0);
  expect(await sharp(png).metadata()).toMatchObject({ width: 1920, height: 1080, format: 'png' });
  expect((await runCli(['sandbox', 'screenshot', name, png, '--display', '1024x768'])).code).toBe(0);
  expect(await sharp(png).metadata()).toMatchObject({ width: 1024, height: 768, format: 'png' });

  await writeFile(join(folder.path, 'note.txt'), 'hello');
  const into = await runCli(['sandbox', 'cp', join(folder.path, 'note.txt'), `${name}:/home/user/Documents`]);
  expect(into).toEqual({ code: 0, stdout: '1 file, 5 bytes\n', stderr: '' });
  await runCli(['sandbox', 'exec', name, '--', 'ln', '-s', '/etc/passwd', '/home/user/Documents/link']);
  const out = await runCli(['sandbox', 'cp', `${name}:/home/user/Documents`, join(folder.path, 'out')]);
  expect(out).toEqual({
    code: 0,
    stdout: '1 file, 5 bytes\n',
    stderr: 'left out: Documents/link: it is a symlink\n',
  });
  expect(await readFile(join(folder.path, 'out/Documents/note.txt'), 'utf8')).toBe('hello');
  expect((await runCli(['sandbox', 'cp', 'a', 'b'])).code).toBe(2);

  expect((await runCli(['sandbox', 'rm', name])).code).toBe(0);
  expect((await runCli(['sandbox', 'ls', '--json'])).stdout).not.toContain(name);
  const gone = await runCli(['sandbox', 'exec', name, '--', 'true']);
  expect(gone.stderr).toContain(name);
  expect(gone.code).toBe(5);
});

it.concurrent('pauses a desktop, keeps its files, and starts others from them', async () => {
  const make = async (...argv: string[]) =>
    (await runCli(['sandbox', 'create', '--display', '1024x768', ...argv])).stdout.trim();
  const snapshot = `test-${process.pid}`;
  const [origin, script] = [await make(), 'umask 077; echo "#!/bin/sh" >hello; chmod 700 hello; rm -r Music'];
  expect((await runCli(['sandbox', 'exec', origin, '--', 'sh', '-c', script])).code).toBe(0);
  expect((await runCli(['sandbox', 'pause', origin])).stdout).toBe(`${origin}\n`);
  expect((await runCli(['sandbox', 'ls'])).stdout).toMatch(new RegExp(`${origin} +kept +paused`));
  expect((await runCli(['sandbox', 'exec', origin, '--', 'true'])).stderr).toContain('paused');
  expect((await runCli(['sandbox', 'unpause', origin])).code).toBe(0);

  const taken = await runCli(['sandbox', 'snapshot', origin, snapshot]);
  expect(taken.stdout).toBe(`deskhand/snapshot:${snapshot}\n`);
  const again = await runCli(['sandbox', 'snapshot', origin, snapshot]);
  expect([again.code, again.stderr.includes('already')]).toEqual([2, true]);

  const forks = [await make('--from-snapshot', snapshot), await make('--from-snapshot', snapshot)];
  for (const fork of forks) {
    const seen = await runCli(['sandbox', 'exec', fork, '--', 'stat', '-c', '%U %a %n', 'hello', 'Music']);
    expect(seen.stdout).toBe('user 700 hello\n');
  }
  const missing = await runCli(['run', 'click "Applications"', '--from-snapshot', 'no-such-snapshot']);
  expect([missing.code, missing.stderr.includes('no snapshot "no-such-snapshot"')]).toEqual([2, true]);
  expect((await runCli(['sandbox', 'rm', origin, ...forks])).code).toBe(0);
  await docker('docker', ['image', 'rm', `deskhand/snapshot:${snapshot}`]);
});

it.concurrent('reports what is there', async () => {
  expect((await runCli(['image', 'build'])).code).toBe(0);
  expect((await runCli(['image', 'ls'])).stdout).toMatch(/deskhand\/ubuntu-desktop:.* MB .* current/);
  const trial = await runCli(['image', 'prune', '--dry-run']);
  expect(trial.stderr).toMatch(/^\d+ images would be removed\n$/);
  expect(trial.stdout).not.toContain('deskhand/ubuntu-desktop:latest');
  const { code, stdout } = await runCli(['doctor', '--settings']);
  expect(stdout).toMatch(/✔ engine: Docker \d+/);
  expect(stdout).toMatch(/✔ image: deskhand\/ubuntu-desktop:/);
  expect(stdout).toContain('local, because neither AZURE_OPENAI_ENDPOINT nor OPENAI_API_KEY is set');
  expect(stdout).toMatch(/sandbox\.network +none +default/);
  expect(code).toBe(0);
});

it.concurrent('lets one viewer with the right password onto a desktop, and nobody else', async () => {
  const size = { width: 1024, height: 768 };
  const made = await runCli(['sandbox', 'create', '--display', '1024x768', '--expires', '10m']);
  const name = made.stdout.trim();
  const lent = startCli(['sandbox', 'vnc', name]);
  await lent.seen('127.0.0.1:');
  await expect.poll(() => lent.output().stdout.trim().split('\n').length).toBe(2);
  const [address = '', password = ''] = lent.output().stdout.trim().split('\n');
  const port = Number(address.split(':')[1]);
  const view = (given: string) =>
    createDisplay({ connect: async () => connect(port, '127.0.0.1'), size, password: given });

  await expect(view('wrong')).rejects.toMatchObject({ code: 'display-authentication' });
  const viewer = await view(password);
  await viewer.ready({ timeoutMs: 20_000 });
  // A real act on a real desktop, by the viewer alone.
  expect((await runCli(['sandbox', 'exec', name, '--', 'xdotool', 'mousemove', '1', '1'])).code).toBe(0);
  await viewer.pointer.move({ x: 345, y: 234 });
  await viewer.settle();
  const place = await runCli(['sandbox', 'exec', name, '--', 'xdotool', 'getmouselocation']);
  expect(place.stdout).toContain('x:345 y:234');
  await viewer[Symbol.asyncDispose]();
  expect((await lent.exited).code).toBe(0);

  await expect(view(password)).rejects.toMatchObject({ code: 'display-connect-failed' });
  expect((await runCli(['sandbox', 'rm', name])).code).toBe(0);
});
