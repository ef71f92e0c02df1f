import { userInfo } from 'node:os';
import sharp from 'sharp';
import type { FunctionTool } from './agent/functions/function-tool.ts';
import type { Desktop } from './agent/desktop.ts';
import type { ResumedRun } from './agent/run-ports.ts';
import { type Run, type RunResult, startRun } from './agent/run.ts';
import type { Config } from './config/config.ts';
import { createFunctions } from './configured-functions.ts';
import type { Display } from './display/display.ts';
import { createDisplay } from './display/rfb-display.ts';
import {
  openViewerListener,
  type ViewerListener,
  type ViewerListenerOptions,
} from './display/viewer/viewer-listener.ts';
import { AllowedHosts } from './evaluation/downloads/allowed-hosts.ts';
import { Downloads } from './evaluation/downloads/downloads.ts';
import { recordSetup } from './evaluation/task/recorded-setup.ts';
import { readSecrets } from './evaluation/task/read-secrets.ts';
import type { Task } from './evaluation/task/task-file.ts';
import { openGate, openGateDesktop, readRules, type Terminal } from './open-gate.ts';
import { environmentOf, type OpenModel } from './open-model.ts';
import { createFileRecorder } from './recording/file-recorder.ts';
import type { Recorder } from './recording/recorder.ts';
import { writeReport } from './recording/report/report.ts';
import type { ScreenReader } from './model/ocr/screen-reader.ts';
import type { TrajectoryReading } from './recording/reader.ts';
import { writeResult } from './recording/result.ts';
import { lockRun } from './recording/run-lock.ts';
import { createRunFolder, type RunFolder } from './recording/run-folder.ts';
import type { EventOf, TrajectoryEvent } from './recording/trajectory.ts';
import { openAuditLog, reopenAuditLog } from './safety/audit/audit-log.ts';
import type { TaskSecrets } from './safety/task-secrets.ts';
import { createDockerDriver, type DockerDriver } from './sandbox/docker/docker-driver.ts';
import { freeMemory } from './sandbox/docker/free-memory.ts';
import { WarmPool } from './sandbox/pool/warm-pool.ts';
import { type Browser, startBrowser } from './sandbox/browser/browser.ts';
import type { Sandbox, SandboxDriver, SandboxSpec } from './sandbox/sandbox-driver.ts';
import { prepareTask, verifyTask } from './task-on-desktop.ts';
import { RunTelemetry } from './telemetry/run-telemetry.ts';
import { systemClock } from './util/clock.ts';
import { systemProcesses } from './util/process-owner.ts';
import { VERSION } from './version.ts';
import { auditWithoutSecrets, modelWithoutSecrets, notesOn } from './without-secrets.ts';

const READY_TIMEOUT_MS = 30_000;
/** A sandbox outlives its run's limit by this much before the reaper may take it. */
const EXPIRY_MARGIN_MS = 600_000;

/** Opens a desktop to one VNC viewer on this machine, for as long as what is returned is not disposed of. */
export async function openViewer(
  sandbox: Sandbox,
  options: Omit<ViewerListenerOptions, 'connect'> = {},
): Promise<ViewerListener> {
  return await openViewerListener({ ...options, connect: (opening) => sandbox.openVnc(opening) });
}

export async function createDriver(
  config: Config,
  options: { readonly signal?: AbortSignal } = {},
): Promise<DockerDriver> {
  return await createDockerDriver({ vnc: config.sandbox.vnc }, options);
}

function toSandboxSpec({ display, limits, sandbox }: Config): Omit<SandboxSpec, 'runId'> {
  return { ...sandbox, display, expiresInMs: limits.wallTimeMs + EXPIRY_MARGIN_MS };
}

/** Desktops of one kind kept ready, in the place of the driver. The driver stays with the caller. */
export function createPool(
  driver: DockerDriver,
  config: Config,
  options: { readonly image: string; readonly minimum?: number; readonly maximum?: number },
): WarmPool {
  const { image, ...sizes } = options;
  return new WarmPool({
    driver,
    spec: { ...toSandboxSpec(config), image },
    ...sizes,
    maximumStarts: driver.facts.cpus,
    clock: systemClock,
    freeMemory: () => freeMemory(driver.facts),
    settle: async (live, { signal }) => {
      await using _ = await connectDisplay(live, config, { signal });
    },
  });
}

/** Connects to a sandbox's screen and waits until something is drawn on it and stands still. */
export async function connectDisplay(
  sandbox: Sandbox,
  { display, settle }: Pick<Config, 'display' | 'settle'>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Display> {
  const screen = await createDisplay({
    connect: (options) => sandbox.openVnc(options),
    size: display,
    clock: systemClock,
    activity: await sandbox.openActivity?.({ signal }),
    giveKeys: async (keysyms, options) => await sandbox.giveKeys?.(keysyms, options),
    settle,
    signal,
  });
  try {
    const quiet = sandbox.isDrawn === true ? { quietMs: 0 } : {};
    await screen.ready({ timeoutMs: READY_TIMEOUT_MS, signal, ...quiet });
    return screen;
  } catch (error) {
    await screen[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * What a run that was killed is gone on with: what was recorded of it, from where, and on which desktop. Whoever took over
 * the desktop holds the lock of the run folder.
 */
export interface Resumption {
  readonly earlier: TrajectoryReading;
  readonly resumed: ResumedRun;
}

export interface TaskRunOptions {
  readonly config: Config;
  readonly task: Task;
  /** Stays with the caller. */
  readonly model: OpenModel;
  /** The desktops' driver, or a pool of them. */
  readonly driver: SandboxDriver;
  /** Where the run is kept. Default: a new folder among the configured runs. */
  readonly folder?: RunFolder;
  /** Goes on with the run that was killed in `folder`. */
  readonly resume?: Resumption | undefined;
  /** A person to ask; absent: whatever needs approval is denied. */
  readonly terminal?: Terminal | undefined;
  /** What the model may call beside the computer tool and the functions of the configuration. */
  readonly functions?: readonly FunctionTool[] | undefined;
  /** Between the run and its display, such as movements of a person. */
  readonly wrapDisplay?: (display: Display) => Display;
  /** Recorded with the run: what randomness starts from, by what uses it. */
  readonly seeds?: Readonly<Record<string, number>>;
  readonly onEvent?: (event: TrajectoryEvent) => void;
  /** Decides where a check asks a model; stays with the caller. Absent: such checks cannot be done. */
  readonly judge?: OpenModel | undefined;
  /** Where the task's secrets may come from. Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What reads the screen for setup and checks; stays with the caller. Default: one for this run alone. */
  readonly reader?: ScreenReader | undefined;
  /** Whether a check may run a script of the task on this machine. Default false. */
  readonly allowsHostScripts?: boolean;
  /** What fetches the task's files; stays with the caller. Default: one for this run alone. */
  readonly downloads?: Downloads;
  /** Ends what comes before the run; the run itself is ended by `run.stop`. */
  readonly signal?: AbortSignal;
  /** Whether `report.html` is written before the run counts as finished. Default true. */
  readonly writesReport?: boolean;
}

export interface TaskRun {
  readonly run: Run;
  readonly folder: RunFolder;
  /** The hash of the audit log's last entry so far. */
  readonly auditHead: () => string;
  /** The result, once the run folder is complete: trajectory, result and report. */
  readonly finished: Promise<RunResult>;
}

/** Starts a task on a desktop of its own and keeps everything about it in a run folder. */
export async function startTaskRun(options: TaskRunOptions): Promise<TaskRun> {
  const { config, model, driver, resume, signal } = options;
  await using resources = new AsyncDisposableStack();
  // What cannot be read or fetched leaves no run behind.
  await using own = new Downloads(new AllowedHosts(config.allowDownloads));
  const task = await (options.downloads ?? own).provide(options.task, { signal });
  const rules = await readRules(config);
  const secrets = await readSecrets(task, options.env ?? process.env);
  const folder = options.folder ?? (await createRunFolder({ parent: config.runsFolder, clock: systemClock }));
  if (resume === undefined) resources.use(await lockRun(folder, systemProcesses()));
  const earlier = resume === undefined ? {} : { earlier: resume.earlier };
  const file = resources.use(await createFileRecorder({ folder, clock: systemClock, ...earlier }));
  const telemetry = new RunTelemetry(systemClock);
  let finalMessage: string | undefined;
  const recorder = tee(file, secrets, (event) => {
    if (event.type === 'response') finalMessage = lastMessageIn(event) ?? finalMessage;
    telemetry.onEvent(event);
    options.onEvent?.(event);
  });
  const { limits } = config;
  const opened = resources.use(
    openGate({ config, rules, terminal: options.terminal, folder, onReturn: () => run.resume() }),
  );
  const { gate } = opened;
  const log = { path: folder.audit, clock: systemClock, account: userInfo().username };
  const openedLog = await (resume === undefined ? openAuditLog(log) : reopenAuditLog(log));
  const audit = resources.use(auditWithoutSecrets(openedLog, secrets));
  await audit.append({ type: 'opened', runId: folder.runId, gate: gate.name });
  let browser: Browser | undefined;
  const run = startRun(
    {
      driver,
      connect: async (live, { signal }) => {
        await using connected = new AsyncDisposableStack();
        const display = connected.use(await connectDisplay(live, config, { signal }));
        // The browser of a run that was killed ended with the process that held its pipe.
        if (resume !== undefined) browser = await openBrowser(config, { sandbox: live, display }, { signal });
        connected.move();
        return telemetry.watch(options.wrapDisplay?.(display) ?? display);
      },
      model: modelWithoutSecrets(model.client, secrets),
      currentUrl: { read: async () => await browser?.currentUrl() },
      gate,
      openGateDesktop,
      audit,
      recorder,
      clock: systemClock,
    },
    {
      runId: folder.runId,
      task: {
        id: task.id,
        instruction: task.instruction,
        ...(task.title === undefined ? {} : { title: task.title }),
      },
      environment: environmentOf(config),
      sandbox: toSandboxSpec(config),
      limits,
      functions: [...createFunctions(config, options.terminal), ...(options.functions ?? [])],
      costOf: model.costOf,
      secrets,
      openingNotes: model.client.provider === 'local' ? [] : notesOn(secrets),
      resumed: resume?.resumed,
      versions: { deskhand: VERSION, node: process.versions.node, sharp: sharp.versions.sharp ?? '-' },
      settings: toSettings(config),
      ...(options.seeds === undefined ? {} : { seeds: options.seeds }),
      prepare: async (desktop, { signal }) => {
        await prepareTask(task, desktop, { signal, reader: options.reader });
        recordSetup(task.setup, recorder);
        browser = await openBrowser(config, desktop, { signal });
      },
      verify: (desktop, { signal }) =>
        verifyTask(task, desktop, {
          signal,
          reader: options.reader,
          finalMessage,
          allowsHostScripts: options.allowsHostScripts === true,
          judge: options.judge?.client,
          browser,
        }),
    },
  );
  // A run that can no longer be recorded is not worth going on with; `flush` then says why.
  void file.failed.then(({ message }) => run.stop(message));
  const owned = resources.move();
  const finish = async (): Promise<RunResult> => {
    await using _ = owned;
    const result = secrets.redact(await run.result);
    await audit.close(result.outcome);
    await file.flush();
    await writeResult(folder);
    if (options.writesReport !== false) await writeReport(folder);
    return result;
  };
  return { run, folder, auditHead: () => audit.head, finished: finish() };
}

/** After the setup, which may have put the page there that is opened. */
async function openBrowser(
  { environment, url = 'about:blank' }: Config,
  { sandbox, display }: Desktop,
  { signal }: { readonly signal: AbortSignal },
): Promise<Browser | undefined> {
  if (environment !== 'browser') return undefined;
  const browser = await startBrowser(sandbox, { url, signal });
  await display.settle({ signal });
  return browser;
}

function toSettings({ provenance }: Config): Readonly<Record<string, string>> {
  const set = provenance.filter(({ shown }) => shown !== '-');
  return Object.fromEntries(set.map(({ setting, shown }) => [setting, shown]));
}

function lastMessageIn({ items }: EventOf<'response'>): string | undefined {
  const texts = items.flatMap((item) => (item.type === 'message' ? [String(item['text'])] : []));
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** Every event goes to the recorder, to telemetry and to whoever follows the run; none has a secret in it. */
function tee(recorder: Recorder, secrets: TaskSecrets, onEvent: (event: TrajectoryEvent) => void): Recorder {
  return {
    folder: recorder.folder,
    record: (event) => {
      const safe = secrets.redact(event);
      recorder.record(safe);
      onEvent(safe);
    },
    keep: (screenshot) => recorder.keep(screenshot),
    attach: (content) => recorder.attach(secrets.redactContent(content)),
    flush: () => recorder.flush(),
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}
