import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

describe('deskhand demo', () => {
  it('plays a script as a test, keeps it as a run, and films it', async () => {
    await using folder = await createTemporaryFolder();
    const films = ['film.html', 'film.webp'].map((name) => join(folder.path, name));
    const flags = ['--assert', '--runs', folder.path, '--out', ...films];
    const { code, stdout, stderr } = await runCli(['demo', 'play', 'examples/demos/editor.yaml', ...flags]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(stdout).toContain('The editor holds a short story about a cat.');
    expect(stdout).toContain('1 of 1 checks passed');
    expect(await readFile(films[0] ?? '', 'utf8')).toContain('And so it is, in every line.');
    const { pages = 0, width } = await sharp(films[1]).metadata();
    expect([pages > 20, width]).toEqual([true, 960]);
  });

  it('refuses a film that nothing writes, and a demo that is none, before there is a desktop', async () => {
    const film = await runCli(['demo', 'play', 'examples/demos/editor.yaml', '--out', 'film.avi']);
    expect([film.code, film.stderr]).toEqual([2, expect.stringContaining('its name has to end with .html')]);
    const demo = await runCli(['demo', 'play', 'examples/poem.yaml']);
    expect([demo.code, demo.stderr]).toEqual([2, expect.stringMatching(/examples\/poem\.yaml:\d+:\d+/)]);
  });
});
