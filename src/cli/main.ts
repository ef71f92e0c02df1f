#!/usr/bin/env node
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';

// What follows does not even load with an older one.
const OLDEST_NODE = 24;
const [major = '0'] = process.versions.node.split('.');
if (Number(major) < OLDEST_NODE) {
  process.stderr.write(
    `deskhand: error: Node.js ${OLDEST_NODE} or newer is needed; this is ${process.versions.node} (${process.execPath}).\n` +
      '  Install it from https://nodejs.org/, or use the one that npm ci brings: npx deskhand, npm run, make.\n',
  );
  process.exit(69);
}

// One run needs little and lives long: a young generation of 1 MiB and two pool threads keep the process a third
// smaller, at no cost that the bench can see. Both have to be set before anything else is loaded.
setFlagsFromString('--max-semi-space-size=1');
setFlagsFromString('--optimize-for-size');
process.env['UV_THREADPOOL_SIZE'] ??= '2';

const { runCli } = await import('./program.ts');
const { listenForStop } = await import('./terminal-signals.ts');

const { stdout, stderr, stdin, env } = process;
const signal = listenForStop(process, () => stderr.write('Ending now.\n'));
process.exitCode = await runCli(process.argv.slice(2), {
  stdout,
  stderr,
  stdin,
  env,
  cwd: process.cwd(),
  signal,
});
