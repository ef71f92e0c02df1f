import { CancelledError, DisplayError, isDeskhandError, SandboxError } from '../errors.ts';
import type { Sandbox, SandboxExit } from '../sandbox/sandbox-driver.ts';
import { toFunctionTable } from './functions/function-tool.ts';
import { recordRefusals } from './egress-warnings.ts';
import type { RunInput, Verification } from './run-machine.ts';
import type { Desktop } from './desktop.ts';
import type { CheckResult, RunOptions, RunPorts } from './run-ports.ts';
import { AgentSession, type SessionTimes } from './session.ts';

type TimedRunOptions = RunOptions & { readonly timeouts: RunInput['timeouts'] };

/** How long an unexplained loss of the display waits for the sandbox to say that it died. */
const EXPLAIN_MS = 1500;

/** The effects of a run and what they own; run-machine.ts says when each of them happens. */
export class RunEffects {
  readonly #ports: RunPorts;
  readonly #options: TimedRunOptions;
  readonly #stack = new AsyncDisposableStack();
  readonly checks: CheckResult[] = [];
  readonly times = { provisioning: 0, checks: 0, disposing: 0 };
  #desktop: Desktop | undefined;
  #session: AgentSession | undefined;

  constructor(ports: RunPorts, options: TimedRunOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  get session(): AgentSession {
    if (this.#session === undefined) throw new SandboxError('sandbox-not-ready', 'There is no desktop yet.');
    return this.#session;
  }

  get sessionTimes(): SessionTimes {
    return this.#session?.times ?? { model: 0, gate: 0, act: 0, settle: 0 };
  }

  get #live(): Desktop {
    if (this.#desktop === undefined) throw new SandboxError('sandbox-not-ready', 'There is no desktop yet.');
    return this.#desktop;
  }

  provision(signal: AbortSignal): Promise<void> {
    return this.#timed('provisioning', async () => {
      const { audit, clock, currentUrl, driver, gate, model, openGateDesktop, recorder } = this.#ports;
      const {
        costOf,
        functions = [],
        openingNotes,
        runId,
        secrets,
        task,
        environment,
        onPhase,
        resumed,
      } = this.#options;
      const spec = { ...this.#options.sandbox, runId };
      // First, for a task that the model cannot take needs no desktop.
      const conversation = model.start({
        instruction: task.instruction,
        display: spec.display,
        environment,
        ...(functions.length > 0 && { functions: functions.map(({ declaration }) => declaration) }),
      });
      const phases = onPhase ? { onPhase } : {};
      const sandbox = this.#stack.use(resumed?.sandbox ?? (await driver.create(spec, { signal, ...phases })));
      recordRefusals(sandbox, recorder);
      const display = await this.explained(sandbox, () => this.#ports.connect(sandbox, { signal }));
      this.#desktop = { sandbox, display: this.#stack.use(display) };
      if (resumed === undefined && this.#options.prepare !== undefined) {
        await this.#options.prepare(this.#desktop, { signal });
        // What the setup opened is drawn before anybody looks.
        await display.settle({ signal });
      }
      const { decideMs } = this.#options.timeouts;
      const urlSource = environment === 'browser' ? currentUrl : undefined;
      const gateDesktop = openGateDesktop && this.#stack.use(openGateDesktop(this.#desktop, urlSource));
      this.#session = new AgentSession({
        runId,
        conversation,
        desktop: this.#desktop,
        functions: toFunctionTable(functions),
        currentUrl: urlSource,
        gate,
        gateDesktop,
        audit,
        recorder,
        clock,
        decideMs,
        secrets,
        openingNotes,
        costOf,
        repeatLimit: this.#options.limits.repeats,
        notes: resumed?.notes,
      });
      if (resumed !== undefined) return;
      recorder.record({
        type: 'sandbox-ready',
        sandboxId: sandbox.id,
        image: sandbox.image,
        network: spec.allowDomains?.join(', ') ?? spec.network,
        clock: spec.clock ?? 'real',
        phases: { ...sandbox.phases },
        frame: recorder.keep(await display.screenshot({ signal })),
      });
    });
  }

  async watch(signal: AbortSignal): Promise<never> {
    const { sandbox, display } = this.#live;
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(new CancelledError('cancelled', 'Cancelled.')));
    const lost = display.lost.then((error) => this.explained(sandbox, () => Promise.reject(error)));
    return await Promise.race([
      aborted.promise,
      lost,
      sandbox.died.then((exit) => Promise.reject(toDeath(exit))),
    ]);
  }

  /** A dead sandbox explains a lost display better than the display can. */
  async explained<T>(sandbox: Sandbox, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof DisplayError) && isDeskhandError(error)) throw error;
      const patience = this.#ports.clock.sleep(EXPLAIN_MS);
      const exit = await Promise.race([sandbox.died, patience]);
      throw exit === undefined ? error : toDeath(exit, error);
    }
  }

  loop<T>(act: (session: AgentSession) => Promise<T>): Promise<T> {
    return this.explained(this.#live.sandbox, () => act(this.session));
  }

  verify(signal: AbortSignal): Promise<Verification> {
    return this.#timed('checks', async () => {
      this.checks.push(...((await this.#options.verify?.(this.#live, { signal })) ?? []));
      for (const check of this.checks) this.#ports.recorder.record({ type: 'check', ...check });
      if (this.checks.some(({ result }) => result === 'failed')) return 'failed';
      const isProven = this.checks.length > 0 && this.checks.every(({ result }) => result === 'passed');
      return isProven ? 'passed' : 'unverified';
    });
  }

  dispose(): Promise<void> {
    return this.#timed('disposing', () => this.#stack.disposeAsync());
  }

  async #timed<T>(part: keyof RunEffects['times'], act: () => Promise<T>): Promise<T> {
    const startedAt = this.#ports.clock.now();
    try {
      return await act();
    } finally {
      this.times[part] += this.#ports.clock.now() - startedAt;
    }
  }
}

function toDeath(exit: SandboxExit, cause?: unknown): SandboxError {
  const how = exit.outOfMemory
    ? 'ran out of memory'
    : `ended by itself (exit code ${exit.exitCode ?? 'unknown'})`;
  return new SandboxError('sandbox-died', `The sandbox ${how}.\n${exit.log}`.trimEnd(), {
    ...(cause === undefined ? {} : { cause }),
    details: { exitCode: exit.exitCode, outOfMemory: exit.outOfMemory },
    ...(exit.outOfMemory ? { hint: 'Give it more with --memory.' } : {}),
  });
}
