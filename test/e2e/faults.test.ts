import { execFile } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Fault } from '../../src/testing/responses-server/faults.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { runCli, startCli } from '../support/cli.ts';
import { docker, hasContainer, parseLines, sandboxOf, serve } from '../support/served-run.ts';

const run = promisify(execFile);
const JUMPING_CLOCK = import.meta.resolve('../support/jumping-clock.ts');
const CLICK = { type: 'click', button: 'left', x: 400, y: 300 };
const WAITS = Array.from({ length: 12 }, () => ({ type: 'wait' }));

const outcomeLine = z.looseObject({
  outcome: z.string(),
  error: z.looseObject({ code: z.string() }).optional(),
});

const timedResult = z.looseObject({ folder: z.string(), times: z.looseObject({ total: z.number() }) });
const auditLine = z.looseObject({ at: z.string() });

type Stage = Awaited<ReturnType<typeof serve>>;

/** Lets a run act, breaks something in its desktop with a command, and waits for its end. */
async function breakDesktop(stage: Stage, command: string, flags: readonly string[] = []) {
  const started = startCli([...stage.argv, ...flags], { env: stage.env });
  await started.seen('"type":"step"');
  await docker('docker', ['exec', sandboxOf(started.output().stdout), 'sh', '-c', command]);
  const { code, stdout, stderr } = await started.exited;
  return { code, stderr, result: parseLines(stdout).at(-1), isLeft: await hasContainer(stdout) };
}

const busy = () => serve([[callDraft([CLICK, ...WAITS])], [messageDraft('Done.')]]);

describe.concurrent('something breaks in the desktop', () => {
  it('the VNC server is killed: the run fails as a sandbox that died', async () => {
    await using stage = await busy();
    const { code, result, isLeft } = await breakDesktop(stage, 'pkill -KILL Xvnc');
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'sandbox-died' } });
    expect([code, isLeft]).toEqual([5, false]);
  });

  it('the window manager and the panel are killed: they come back, and the run goes on', async () => {
    await using stage = await busy();
    const { code, result, isLeft } = await breakDesktop(stage, 'pkill -KILL xfwm4; pkill -KILL xfce4-panel');
    expect(result).toMatchObject({ outcome: 'completed' });
    expect([code, isLeft]).toEqual([0, false]);
  });

  it('an application hangs: the run goes on', async () => {
    await using stage = await busy();
    const command = 'setsid -f mousepad >/dev/null 2>&1 </dev/null; sleep 1; pkill -STOP mousepad';
    const { code, result, isLeft } = await breakDesktop(stage, command);
    expect(result).toMatchObject({ outcome: 'completed' });
    expect([code, isLeft]).toEqual([0, false]);
  });

  it('the VNC server is frozen: the run fails as a display that is lost', async () => {
    await using stage = await busy();
    const { code, result, isLeft } = await breakDesktop(stage, 'pkill -STOP Xvnc');
    expect(result).toMatchObject({ outcome: 'failed', error: { code: expect.stringMatching(/^display-/) } });
    expect([code, isLeft]).toEqual([5, false]);
  });

  it('memory runs out: what took it is killed, and the run ends in one way or the other', async () => {
    await using stage = await busy();
    const { code, result, isLeft } = await breakDesktop(stage, 'tail /dev/zero || true', [
      '--memory',
      '256m',
    ]);
    const { outcome, error } = outcomeLine.parse(result);
    expect(['completed', 'failed sandbox-died']).toContain([outcome, error?.code].filter(Boolean).join(' '));
    expect([[0, 5].includes(code ?? -1), isLeft]).toEqual([true, false]);
  });
});

describe.concurrent('something breaks at the model', () => {
  it.each<readonly [string, Fault, string]>([
    ['answers 500', { kind: 'status', status: 500 }, 'model-unavailable'],
    ['answers garbage', { kind: 'body', body: '<html>no</html>', contentType: 'text/html' }, 'model-'],
    ['cuts its answers', { kind: 'truncate' }, 'model-unavailable'],
  ])('%s, always: the run fails, and its desktop is removed', async (_name, fault, expected) => {
    await using stage = await serve([]);
    stage.server.fail(...Array.from({ length: 20 }, () => fault));
    const { code, stdout } = await runCli(stage.argv, { env: stage.env });
    const result = parseLines(stdout).at(-1);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: expect.stringContaining(expected) } });
    expect([code, await hasContainer(stdout)]).toEqual([5, false]);
  });

  it('its name cannot be resolved: that is told before a desktop is started', async () => {
    await using stage = await serve([]);
    const at = stage.argv.indexOf('--base-url') + 1;
    const argv = stage.argv.with(at, 'http://model.invalid/v1');
    const { code, stdout, stderr } = await runCli(argv, { env: stage.env });
    expect(stderr).toContain('(model-unavailable)');
    expect([code, stdout]).toEqual([5, '']);
  });
});

describe.concurrent("the machine's clock jumps", () => {
  it.each([
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ])('%s by a day: the run goes on, and no limit is reached', async (_name, jumpMs) => {
    await using stage = await serve([[callDraft([CLICK, ...WAITS.slice(0, 3)])], [messageDraft('Done.')]]);
    const env = { ...stage.env, NODE_OPTIONS: `--import ${JUMPING_CLOCK}`, JUMP_MS: String(jumpMs) };
    const started = startCli(stage.argv, { env });
    await started.seen('"type":"step"');
    started.child.kill('SIGUSR2');
    const { code, stdout } = await started.exited;
    const result = timedResult.parse(parseLines(stdout).at(-1));
    expect(result).toMatchObject({ outcome: 'completed', steps: 4 });
    expect(result.times.total).toBeLessThan(200_000);
    expect([code, await hasContainer(stdout)]).toEqual([0, false]);
    const log = (await readFile(join(result.folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
    const [first = Number.NaN, last = Number.NaN] = [log[0], log.at(-1)].map((line) =>
      Date.parse(auditLine.parse(JSON.parse(line ?? '')).at),
    );
    expect(Math.abs(last - first - jumpMs)).toBeLessThan(200_000);
  });
});

describe.concurrent('something breaks where the run is kept', () => {
  it('the disk is full: the run ends and says so', async () => {
    await using stage = await busy();
    const disk = join(stage.folder.path, 'small');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'deskhand-test', disk]);
    try {
      const argv = stage.argv.with(stage.argv.indexOf('--runs') + 1, disk);
      const { code, stderr } = await runCli(argv, { env: stage.env });
      expect(stderr).toContain('the disk is full');
      expect(stderr).toContain('(disk-full)');
      expect(code).toBe(5);
    } finally {
      await run('umount', [disk]);
    }
  });

  it('the run folder is removed: the run ends and says so', async () => {
    await using stage = await busy();
    const started = startCli(stage.argv, { env: stage.env });
    await started.seen('"type":"step"');
    await rm(join(stage.folder.path, await stage.runId()), { recursive: true, force: true });
    const { code, stdout, stderr } = await started.exited;
    expect(stderr).toMatch(/\((write-failed|read-failed)\)/);
    expect([code, await hasContainer(stdout)]).toEqual([5, false]);
  });
});
