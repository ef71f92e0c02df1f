#!/usr/bin/env node
import process from 'node:process';
import { runCli } from './program.ts';
import { listenForStop } from './terminal-signals.ts';

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
