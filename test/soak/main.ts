import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { soakKills } from './kills.ts';
import { soakRow } from './row.ts';

const RESULTS = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const SAMPLES = 20;
const parts = z.object({ kills: z.unknown(), row: z.unknown() }).partial();

/**
 * `npm run soak`: many runs at once with random kills, then short runs in a row; kept in bench/results/soak.json, where a part
 * that was not asked for (`--minutes 0`, `--runs 0`) stays as it is.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    kills: { type: 'string', default: '300' },
    'at-once': { type: 'string', default: '8' },
    runs: { type: 'string', default: '200' },
  },
});
const forMs = Number(values.minutes) * 60_000;
const runs = Number(values.runs);
if (forMs > 0) {
  const atOnce = Number(values['at-once']);
  const figures = await soakKills({ forMs, kills: Number(values.kills), atOnce, atMostMs: 3 * forMs });
  await keep('kills', { atOnce, ...figures });
}
if (runs > 0) await keep('row', await soakRow({ runs, every: Math.max(1, Math.round(runs / SAMPLES)) }));

async function keep(part: 'kills' | 'row', figures: object): Promise<void> {
  const path = `${RESULTS}soak.json`;
  const machine = {
    date: new Date().toISOString(),
    cpus: cpus().length,
    model: cpus()[0]?.model,
    node: process.version,
    loadAverage: loadavg(),
  };
  console.log(part, JSON.stringify(figures, undefined, 2));
  await mkdir(RESULTS, { recursive: true });
  const earlier = parts.parse(JSON.parse(await readFile(path, 'utf8').catch(() => '{}')));
  const all = { ...earlier, [part]: { machine, figures } };
  await writeFile(path, `${JSON.stringify(all, undefined, 2)}\n`);
}
