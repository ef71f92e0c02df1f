import type { Display } from '../display/display.ts';
import type { Environment, ModelClient } from '../model/model-client.ts';
import type { CostOf } from '../model/prices/pricing.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { AuditLog } from '../safety/audit/audit-log.ts';
import type { GateDesktop } from '../safety/gate-desktop.ts';
import type { ResumePoint } from '../recording/resume-point.ts';
import type { Gate } from '../safety/gate.ts';
import type { TaskSecrets } from '../safety/task-secrets.ts';
import type { Sandbox, SandboxDriver, SandboxSpec, StartPhase } from '../sandbox/sandbox-driver.ts';
import type { Clock } from '../util/clock.ts';
import type { Desktop } from './desktop.ts';
import type { FunctionTool } from './functions/function-tool.ts';
import type { Limits } from './limits.ts';
import type { RunInput } from './run-machine.ts';

/**
 * Tells what the browser of a desktop shows. Whoever starts desktops with a browser gives one, for runs whose
 * environment is `browser`: the model is told the address with each screen, where its tool takes it.
 */
export interface CurrentUrlSource {
  /** Undefined where there is no page; a failure counts as that. */
  read(sandbox: Sandbox, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
}

/** One thing that must be true of the desktop once the agent says that it is done. */
export interface CheckResult {
  readonly name: string;
  /** `error`: the check itself could not be made, which says nothing about the task. */
  readonly result: 'passed' | 'failed' | 'error';
  readonly detail: string;
  /** 0 to 1: what part of it holds. */
  readonly score?: number;
  /** How much it counts in the score of the whole. */
  readonly weight?: number;
  readonly durationMs: number;
}

export interface RunPorts {
  readonly driver: SandboxDriver;
  /** Connects to a sandbox's screen; the display belongs to the run. */
  readonly connect: (sandbox: Sandbox, options: { readonly signal: AbortSignal }) => Promise<Display>;
  readonly model: ModelClient;
  /** Asked only where the environment is `browser`. */
  readonly currentUrl?: CurrentUrlSource | undefined;
  readonly gate: Gate;
  /** What the gate may ask of a desktop and do with it. Absent: nothing. */
  readonly openGateDesktop?:
    ((desktop: Desktop, currentUrl: CurrentUrlSource | undefined) => GateDesktop & Disposable) | undefined;
  /** Where decisions are put down besides the trajectory. */
  readonly audit?: AuditLog | undefined;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** Where a run that was killed is gone on with. */
export interface ResumedRun extends ResumePoint {
  /** Belongs to the run. */
  readonly sandbox: Sandbox;
}

export interface RunOptions {
  readonly runId: string;
  readonly task: { readonly id?: string; readonly title?: string; readonly instruction: string };
  readonly environment: Environment;
  readonly sandbox: Omit<SandboxSpec, 'runId'>;
  readonly limits: Limits;
  /** What the model may type by name and never sees. */
  readonly secrets?: TaskSecrets | undefined;
  /** Said to the model with its instruction. */
  readonly openingNotes?: readonly string[] | undefined;
  /** What the model may call beside the computer tool. Default: nothing. */
  readonly functions?: readonly FunctionTool[];
  /** What a request costs. Absent: not known, and no budget can be kept. */
  readonly costOf?: CostOf | undefined;
  readonly timeouts?: Partial<RunInput['timeouts'] & RunInput['lifecycle']>;
  /** Recorded with the run, by name: of deskhand and what it runs on. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Recorded with the run: the configuration in force; never a secret. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Recorded with the run: what randomness starts from, by what uses it. */
  readonly seeds?: Readonly<Record<string, number>>;
  /** Before the agent: files and programs that the task needs. */
  readonly prepare?: (desktop: Desktop, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** After the agent says that it is done; not visible to the model. */
  readonly verify?: (
    desktop: Desktop,
    options: { readonly signal: AbortSignal },
  ) => Promise<readonly CheckResult[]>;
  /** Goes on with a run that was killed, on the desktop that it had. */
  readonly resumed?: ResumedRun | undefined;
  readonly onPhase?: (phase: StartPhase, atMs: number) => void;
}
