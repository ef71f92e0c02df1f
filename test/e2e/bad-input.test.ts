import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder, ROOT, runCli } from '../support/cli.ts';

const STEP = 'click "Applications"';

describe.concurrent('deskhand', () => {
  it.each([[['--help']], [['run', '--help']], [['--version']]])(
    '%j prints and exits with 0',
    async (argv) => {
      const { code, stdout } = await runCli(argv);
      expect(code).toBe(0);
      expect(stdout).not.toBe('');
    },
  );

  it.each([
    ['no command that we have', ['fly'], /unknown command 'fly'/],
    ['an unknown flag', ['run', STEP, '--speed', '9'], /unknown option '--speed'/],
    [
      'a display of zero',
      ['run', STEP, '--display', '0x600'],
      /--display: expected a width of 320 to 4096 pixels; has 0/,
    ],
    ['a display that is too large', ['run', STEP, '--display', '5000x600'], /--display: .*4096/],
    ['a display in words', ['run', STEP, '--display', 'big'], /--display/],
    ['an empty task', ['run', ''], /The task is empty/],
    ['a task file that is not there', ['run', 'missing.yaml'], /missing\.yaml/],
    ['a model that we do not have', ['run', STEP, '--model', 'oracle'], /--model/],
    ['openai without a key', ['run', STEP, '--model', 'openai'], /OPENAI_API_KEY/],
    ['prose without a key', ['run', 'Please be so kind and tidy up.'], /OPENAI_API_KEY/],
  ])('says what is wrong about %s and exits with 2', async (_name, argv, message) => {
    await using folder = await createTemporaryFolder();
    const { code, stderr, stdout } = await runCli(argv, { cwd: folder.path });
    expect(stdout + stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('reports every mistake of a task file with its place', async () => {
    await using folder = await createTemporaryFolder();
    const task = [
      'version: 1',
      'id: x',
      'instruction: click "A"',
      'chekcs: []',
      'limits: { turns: many }',
      '',
    ];
    await writeFile(join(folder.path, 'task.yaml'), task.join('\n'));
    const { code, stderr } = await runCli(['run', 'task.yaml'], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/task\.yaml:4:1 .*chekcs/);
    expect(stderr).toMatch(/checks/);
    expect(stderr).toMatch(/task\.yaml:5:\d+ .*turns/);
  });

  it('reads a damaged recording as far as it goes, and says where that is', async () => {
    await using folder = await createTemporaryFolder();
    const recorded = await readFile(join(ROOT, 'test/fixtures/trajectories/format-1.jsonl'));
    await mkdir(join(folder.path, 'run'));
    await writeFile(join(folder.path, 'run/trajectory.jsonl'), recorded.subarray(0, recorded.length - 40));
    const { code, stdout, stderr } = await runCli(['runs', 'show', 'run'], { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/problem +damaged at line 23: the line is cut off/);
  });

  it('says which Node.js it needs when it is run by an older one', async () => {
    const older =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })";
    const { code, stderr } = await runCli(['--version'], {
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}` },
    });
    expect(stderr).toMatch(/Node\.js 24 or newer is needed; this is 20\.1\.0/);
    expect(code).toBe(69);
  });

  it('says how to get an engine when there is none', async () => {
    const { code, stderr } = await runCli(['run', STEP], {
      env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(stderr).toContain('/nowhere/docker.sock');
    expect(stderr).toMatch(/hint: /);
    expect(code).toBe(69);
  });

  it('says that an image is missing', async () => {
    await using folder = await createTemporaryFolder();
    const { code, stdout, stderr } = await runCli(['run', STEP, '--image', 'nobody/nothing:1'], {
      cwd: folder.path,
    });
    expect(stdout + stderr).toContain('nobody/nothing:1');
    expect(code).toBe(69);
  });
});
