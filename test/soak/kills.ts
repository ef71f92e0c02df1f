import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeAction } from '../../src/action/describe.ts';
import { parseAction } from '../../src/action/parse.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import type { TrajectoryEvent } from '../../src/recording/trajectory.ts';
import type { Brain, BrainReply, BrainRequest } from '../../src/testing/responses-server/brain.ts';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { createTemporaryFolder, runCli, startCli } from '../support/cli.ts';
import { findLeaks, type Leaks } from './leaks.ts';

export interface KillOptions {
  /** Runs are started for at least this long, ms, and until so many were killed before they had ended. */
  readonly forMs: number;
  readonly kills: number;
  readonly atOnce: number;
  /** No further run is started after this, ms, however few were killed. */
  readonly atMostMs: number;
}

export interface KillFigures {
  readonly minutes: number;
  readonly runs: number;
  readonly kills: number;
  /** Kills while a run was under way: it had begun to record and not recorded its end. */
  readonly killsWithin: number;
  /** Kills by what the run had last recorded, or `nothing`. */
  readonly killedAfter: Readonly<Record<string, number>>;
  readonly resumed: number;
  /** Of the resumed: how they ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly repeatedActions: number;
  readonly leaked: Leaks;
}

/** The longest time that a run is left alone before it is killed, ms: about as long as it takes. */
const LATEST_KILL_MS = 4_000;
const TURNS = 8;
const THINKING_MS = 300;
/** What a run that was killed last recorded when it was not under way. */
const OUTSIDE: readonly string[] = ['nothing', 'run-finished'];

/** Every action that it asks for is another one, so that one that is done twice can be told. */
class EverNewBrain implements Brain {
  #count = 0;

  async answer({ context, input }: BrainRequest): Promise<BrainReply> {
    await delay(THINKING_MS);
    const turns = [...context, ...input].filter(({ type }) => type === 'computer_call').length;
    if (turns >= TURNS) return { output: [messageDraft('Done.')] };
    const actions = Array.from({ length: 2 }, () => this.#next());
    return { output: [callDraft(actions)] };
  }

  #next(): object {
    const number = this.#count++;
    return {
      type: 'click',
      button: 'left',
      x: 100 + (number % 1200),
      y: 100 + (Math.floor(number / 1200) % 700),
    };
  }
}

/** Starts runs of the built command, kills them at random moments, and resumes every second one that was killed. */
export async function soakKills(options: KillOptions): Promise<KillFigures> {
  await using folder = await createTemporaryFolder();
  await using server = await createResponsesServer({ brain: new EverNewBrain(), keepsBodies: false });
  const env = { OPENAI_API_KEY: server.apiKey };
  const figures = { runs: 0, kills: 0, killsWithin: 0, resumed: 0 };
  const [killedAfter, outcomes] = [new Map<string, number>(), new Map<string, number>()];
  const startedAt = performance.now();
  const flags = ['--model', 'openai', '--base-url', `${server.url}/v1`];
  let number = 0;

  const isEnough = (): boolean => {
    const tookMs = performance.now() - startedAt;
    return tookMs > options.atMostMs || (tookMs > options.forMs && figures.killsWithin >= options.kills);
  };
  const work = async (): Promise<void> => {
    while (!isEnough()) {
      const runs = join(folder.path, `${number++}`);
      const isKilled = await killAtRandom(['run', 'Click around.', ...flags, '--runs', runs], env);
      figures.runs += 1;
      if (!isKilled) continue;
      figures.kills += 1;
      const last = await lastEventOf(runs);
      count(killedAfter, last);
      if (!OUTSIDE.includes(last)) figures.killsWithin += 1;
      const [runId] = await readdir(runs).catch((): string[] => []);
      if (runId === undefined || figures.kills % 2 === 0) continue;
      figures.resumed += 1;
      const { code, stderr } = await runCli(['resume', runId, '--runs', runs], { env });
      count(
        outcomes,
        code === 2 ? (/cannot be resumed\. (.*?)[.:]/.exec(stderr)?.[1] ?? 'refused') : `exit code ${code}`,
      );
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  await runCli(['sandbox', 'prune']);
  const { runIds, repeatedActions } = await readRuns(folder.path);
  return {
    minutes: Math.round((performance.now() - startedAt) / 6_000) / 10,
    ...figures,
    killedAfter: Object.fromEntries(killedAfter),
    outcomes: Object.fromEntries(outcomes),
    repeatedActions,
    leaked: await findLeaks(runIds),
  };
}

/** @returns whether it was killed before it had ended by itself */
async function killAtRandom(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const run = startCli([...argv, '--json'], { env });
  const { child, exited } = run;
  const ended = exited.then(() => true);
  // One in five at any moment of its start, the others while there is a desktop.
  const begun = Math.random() < 0.2 ? Promise.resolve() : run.seen('"sandbox-ready"').catch(() => {});
  const moment = begun.then(async () => await delay(Math.random() * LATEST_KILL_MS, false));
  if (await Promise.race([ended, moment])) return false;
  child.kill('SIGKILL');
  await exited;
  return true;
}

async function lastEventOf(runs: string): Promise<string> {
  const [runId] = await readdir(runs).catch((): string[] => []);
  if (runId === undefined) return 'nothing';
  const reading = await scanTrajectory(join(runs, runId, 'trajectory.jsonl')).catch(() => undefined);
  return reading?.lines.at(-1)?.event.type ?? 'nothing';
}

async function readRuns(parent: string): Promise<{ runIds: ReadonlySet<string>; repeatedActions: number }> {
  const runIds = new Set<string>();
  let repeatedActions = 0;
  for (const number of await readdir(parent)) {
    for (const runId of await readdir(join(parent, number))) {
      runIds.add(runId);
      const reading = await scanTrajectory(join(parent, number, runId, 'trajectory.jsonl')).catch(
        () => undefined,
      );
      repeatedActions += countRepeated((reading?.lines ?? []).map(({ event }) => event));
    }
  }
  return { runIds, repeatedActions };
}

/**
 * No action is asked for twice, so one that was asked for before the run was resumed and done after it was repeated, whether or
 * not it had been recorded as done.
 */
function countRepeated(events: readonly TrajectoryEvent[]): number {
  const resumedAt = events.findIndex(({ type }) => type === 'run-resumed');
  const earlier = new Set(events.slice(0, Math.max(0, resumedAt)).flatMap(toAsked));
  const done = events.flatMap((event, at) =>
    event.type === 'step' ? [{ at, description: event.description }] : [],
  );
  const again = done.filter(({ at, description }) => at > resumedAt && earlier.has(description));
  return again.length + done.length - new Set(done.map(({ description }) => description)).size;
}

function toAsked(event: TrajectoryEvent): readonly string[] {
  if (event.type !== 'response') return [];
  const actions = event.items.flatMap((item): readonly unknown[] =>
    Array.isArray(item['actions']) ? item['actions'] : [],
  );
  return actions.map((action) => describeAction(parseAction(action)));
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
