import { Bench } from './desktop.ts';

/** Run as a process: starts a sandbox in the folder that is its argument, says so, and never removes it. */
await using bench = await Bench.open(process.argv[2]);
const driver = await bench.driver();
const { name } = await driver.create(bench.spec);
process.stdout.write(`${name}\n`);
setInterval(() => {}, 60_000);
await new Promise(() => {});
