import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { soakKills } from './kills.ts';
import { soakRow } from './row.ts';

const RESULTS = fileURLToPath(new URL('../../bench/results/', import.meta.url));

/** `npm run soak`: short runs in a row, then many at once with random kills; kept in bench/results/soak.json. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    kills: { type: 'string', default: '300' },
    'at-once': { type: 'string', default: '8' },
    runs: { type: 'string', default: '200' },
  },
});
const [forMs, kills, atOnce] = [
  Number(values.minutes) * 60_000,
  Number(values.kills),
  Number(values['at-once']),
];
const killed = await soakKills({ forMs, kills, atOnce });
const runs = Number(values.runs);
const row = await soakRow({ runs, every: Math.max(1, Math.round(runs / 10)) });
const machine = {
  date: new Date().toISOString(),
  cpus: cpus().length,
  model: cpus()[0]?.model,
  node: process.version,
  loadAverage: loadavg(),
};
const figures = { atOnce, minutes: Number(values.minutes), kills: killed, row };
console.log(JSON.stringify(figures, undefined, 2));
await mkdir(RESULTS, { recursive: true });
await writeFile(`${RESULTS}soak.json`, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
