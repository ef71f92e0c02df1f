import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

it('makes, lists, uses, photographs and removes a desktop by hand', async () => {
  await using folder = await createTemporaryFolder();
  const made = await runCli(['sandbox', 'create', '--display', '1024x768', '--expires', '10m']);
  expect(made.code).toBe(0);
  const name = made.stdout.trim();

  const listed = await runCli(['sandbox', 'ls']);
  expect(listed.stdout).toMatch(new RegExp(`${name} +kept +running +none`));

  const said = await runCli(['sandbox', 'exec', name, '--', 'sh', '-c', 'id -un; echo oops >&2; exit 7']);
  expect(said).toEqual({ code: 7, stdout: 'user\n', stderr: 'oops\n' });

  const png = join(folder.path, 'desktop.png');
  expect((await runCli(['sandbox', 'screenshot', name, png, '--display', '1024x768'])).code).toBe(0);
  const { width, height, format } = await sharp(png).metadata();
  expect({ width, height, format }).toEqual({ width: 1024, height: 768, format: 'png' });

  expect((await runCli(['sandbox', 'rm', name])).code).toBe(0);
  expect((await runCli(['sandbox', 'ls', '--json'])).stdout).not.toContain(name);
  const gone = await runCli(['sandbox', 'exec', name, '--', 'true']);
  expect(gone.stderr).toContain(name);
  expect(gone.code).toBe(5);
});

it('reports what is there', async () => {
  expect((await runCli(['image', 'build'])).code).toBe(0);
  const { code, stdout } = await runCli(['doctor', '--settings']);
  expect(stdout).toMatch(/✔ engine: Docker \d+/);
  expect(stdout).toMatch(/✔ image: deskhand\/ubuntu-desktop:/);
  expect(stdout).toContain('local, because neither AZURE_OPENAI_ENDPOINT nor OPENAI_API_KEY is set');
  expect(stdout).toMatch(/sandbox\.network +none +default/);
  expect(code).toBe(0);
});
