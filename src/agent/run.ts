import { createActor, fromPromise, type StateValue, toPromise } from 'xstate';
import { InputError, toDeskhandError } from '../errors.ts';
import { agentMachine } from './agent-machine.ts';
import { TRAJECTORY_VERSION } from '../recording/trajectory.ts';
import { toFunctionTable } from './functions/function-tool.ts';
import { RunEffects } from './run-effects.ts';
import { type RunInput, runMachine, type RunOutput } from './run-machine.ts';
import type { CheckResult, ResumedRun, RunOptions, RunPorts } from './run-ports.ts';
import { type SessionTimes, toErrorRecord } from './session.ts';

export interface RunResult extends RunOutput {
  readonly runId: string;
  readonly checks: readonly CheckResult[];
  /** ms: provisioning, model, gate, act, settle, checks, disposing, total. */
  readonly times: SessionTimes & Readonly<Record<'provisioning' | 'checks' | 'disposing' | 'total', number>>;
}

/** A run under way. */
export interface Run {
  readonly result: Promise<RunResult>;
  /** Ends the run as `stopped` and removes the desktop; `result` still resolves. */
  stop(reason: string): void;
  /** Takes effect before the next action or model request. */
  pause(): void;
  resume(): void;
  /** The states of the run and, while it works, of the agent: `running.working.acting`. */
  state(): string;
}

const DEFAULT_TIMEOUTS: RunInput['timeouts'] & RunInput['lifecycle'] = {
  requestMs: 600_000,
  decideMs: 3_600_000,
  actMs: 120_000,
  provisionMs: 300_000,
  verifyMs: 300_000,
  disposeMs: 60_000,
};

function provide(effects: RunEffects) {
  const agent = agentMachine.provide({
    actors: {
      wallTime: fromPromise(({ input, signal }) =>
        effects.loop((session) => session.wallTime(input, { signal })),
      ),
      hold: fromPromise(({ signal }) => effects.loop((session) => session.hold({ signal }))),
      look: fromPromise(({ signal }) => effects.loop((session) => session.look({ signal }))),
      request: fromPromise(({ input, signal }) =>
        effects.loop((session) => session.request(input, { signal })),
      ),
      decide: fromPromise(({ input, signal }) =>
        effects.loop((session) => session.decide(input, { signal })),
      ),
      act: fromPromise(({ input, signal }) => effects.loop((session) => session.act(input, { signal }))),
      observe: fromPromise(({ input, signal }) =>
        effects.loop((session) => session.observe(input, { signal })),
      ),
    },
  });
  return runMachine.provide({
    actors: {
      provision: fromPromise(({ signal }) => effects.provision(signal)),
      agent,
      watch: fromPromise(({ signal }) => effects.watch(signal)),
      verify: fromPromise(({ signal }) => effects.verify(signal)),
      dispose: fromPromise(() => effects.dispose()),
    },
  });
}

function stateOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([name, inner]) => (inner === undefined ? name : `${name}.${stateOf(inner)}`))
    .join(',');
}

/**
 * Starts a run. `result` resolves for every outcome, failures included; it rejects only on a defect of deskhand.
 * @throws InputError when there is a budget and no `costOf`, or two functions have one name
 */
export function startRun(ports: RunPorts, options: RunOptions): Run {
  const { clock, recorder } = ports;
  if (options.limits.budgetUsd !== undefined && options.costOf === undefined) {
    throw new InputError('invalid-option', 'A budget needs to know what the model costs.');
  }
  toFunctionTable(options.functions ?? []);
  const startedAt = clock.now();
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const effects = new RunEffects(ports, { ...options, timeouts });
  if (options.resumed === undefined) recordStart(ports, options);
  else recordResumption(ports, options.resumed);
  const earlier = options.resumed;
  const input = { limits: options.limits, timeouts, lifecycle: timeouts, earlier };
  const actor = createActor(provide(effects), { input });
  const finished = toPromise(actor);
  actor.start();

  const finish = async (): Promise<RunResult> => {
    const output = await finished;
    const times = { ...effects.times, ...effects.sessionTimes, total: clock.now() - startedAt };
    const { error, ...rest } = output;
    recorder.record({
      type: 'run-finished',
      ...rest,
      times,
      ...(error === undefined ? {} : { error: toErrorRecord(toDeskhandError(error)) }),
    });
    return { ...output, runId: options.runId, checks: effects.checks, times };
  };
  return {
    result: finish(),
    stop: (reason) => actor.send({ type: 'STOP', reason }),
    pause: () => actor.send({ type: 'PAUSE' }),
    resume: () => actor.send({ type: 'RESUME' }),
    state: () => {
      const snapshot = actor.getSnapshot();
      const agent = snapshot.children.agent?.getSnapshot();
      return snapshot.value === 'running' && agent
        ? `running.${stateOf(agent.value)}`
        : stateOf(snapshot.value);
    },
  };
}

function recordStart({ gate, model, recorder }: RunPorts, options: RunOptions): void {
  recorder.record({
    type: 'run-started',
    version: TRAJECTORY_VERSION,
    runId: options.runId,
    task: options.task,
    model: { provider: model.provider, name: model.model, tool: model.tool },
    gate: gate.name,
    display: options.sandbox.display,
    limits: options.limits,
    settings: { ...options.settings },
    seeds: { ...options.seeds },
    ...(options.functions && { functions: options.functions.map(({ declaration }) => declaration.name) }),
    versions: { ...options.versions },
  });
}

function recordResumption({ recorder }: RunPorts, { sandbox, turns, steps, inFlight }: ResumedRun): void {
  const doubt = inFlight === undefined ? {} : { inFlight };
  recorder.record({ type: 'run-resumed', sandboxId: sandbox.id, turns, steps, ...doubt });
}
