import { expect, test } from 'vitest';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { SandboxSpec } from '../../../src/sandbox/sandbox-driver.ts';
import { Bench } from './desktop.ts';

const CLOCK = '2026-01-15T09:00:00.000Z';

/** What a fresh desktop shows, and what its programs say of the place and the time they are in. */
async function look(driver: DockerDriver, spec: SandboxSpec) {
  await using sandbox = await driver.create(spec);
  const { display: size } = spec;
  await using display = await createDisplay({ connect: (options) => sandbox.openVnc(options), size });
  await display.ready({ timeoutMs: 30_000 });
  const { sha256 } = await display.screenshot();
  const probe = 'hostname; cat /etc/machine-id; locale; date +%FT%H:%M; touch /tmp/now; stat -c %y /tmp/now';
  const { stdout } = await sandbox.exec(['sh', '-c', probe]);
  return { sha256, facts: stdout.toString().replace(/:\d\d\.\d+ \+0000/, '') };
}

test('files that change have times of the desktop’s clock, others those that they had', async () => {
  await using bench = await Bench.open();
  await using driver = await bench.driver();
  const ofImage = ['stat', '-c', '%y', '/etc/passwd'];
  await using truthful = await driver.create(bench.spec);
  const before = await truthful.exec(ofImage);
  await using sandbox = await driver.create({ ...bench.spec, clock: CLOCK });
  const script = [
    'cd /tmp; touch new; touch -d 2031-05-06T07:08:09Z set; cp -p set copy',
    'stat -c %y new set copy ~/Documents',
    `python3 -c 'import os; print(os.stat("new").st_mtime == os.stat("/tmp/new", follow_symlinks=False).st_mtime)'`,
    'test new -nt /etc/hostname && test new -nt ~/Documents && echo later',
  ].join('; ');
  const { stdout } = await sandbox.exec(['sh', '-c', script]);
  expect(stdout.toString().replaceAll(/(?<=09:00):\d\d\.\d+/g, '')).toBe(
    [
      '2026-01-15 09:00 +0000',
      '2031-05-06 07:08:09.000000000 +0000',
      '2031-05-06 07:08:09.000000000 +0000',
      '2026-01-15 09:00 +0000',
      'True',
      'later',
      '',
    ].join('\n'),
  );
  expect((await sandbox.exec(ofImage)).stdout).toEqual(before.stdout);
});

test('two fresh sandboxes with one clock show the same desktop, bit for bit', async () => {
  await using bench = await Bench.open();
  await using driver = await bench.driver();
  const spec = { ...bench.spec, clock: CLOCK };
  const [first, second, third] = [
    await look(driver, spec),
    await look(driver, spec),
    await look(driver, spec),
  ];
  expect(first.facts).toContain('2026-01-15T09:00');
  expect(first.facts).toContain('2026-01-15 09:00');
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  // The panel's clock is in the picture: another time, another picture.
  const later = await look(driver, { ...spec, clock: '2026-01-15T11:30:00.000Z' });
  expect(later.sha256).not.toBe(first.sha256);
});
