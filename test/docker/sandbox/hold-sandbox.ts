import { Bench } from './desktop.ts';

/** Run as a process: starts a sandbox in the folder that is its argument, says so, and never removes it. */
const [, , folder, way, ...allowDomains] = process.argv;
await using bench = await Bench.open(folder);
const driver = await bench.driver({ vnc: way === 'exec' ? 'exec' : 'auto' });
const { name } = await driver.create({ ...bench.spec, allowDomains });
process.stdout.write(`${name}\n`);
setInterval(() => {}, 60_000);
await new Promise(() => {});
