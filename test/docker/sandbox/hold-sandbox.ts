import { Bench } from './desktop.ts';

/** Run as a process: starts a sandbox in a folder, says so, and never removes it. Arguments: folder, way of VNC, the rest of its spec. */
const [, , folder, way, spec = '{}'] = process.argv;
await using bench = await Bench.open(folder);
const driver = await bench.driver({ vnc: way === 'exec' ? 'exec' : 'auto' });
const { name } = await driver.create({ ...bench.spec, ...JSON.parse(spec) });
process.stdout.write(`${name}\n`);
setInterval(() => {}, 60_000);
await new Promise(() => {});
