import type { Desktop } from './agent/desktop.ts';
import type { CurrentUrlSource } from './agent/run-ports.ts';
import type { Config } from './config/config.ts';
import { openViewerListener } from './display/viewer/viewer-listener.ts';
import { InputError } from './errors.ts';
import { writeMarkedFrame } from './recording/marked-frame.ts';
import type { RunFolder } from './recording/run-folder.ts';
import { createAutoGate } from './safety/auto-gate.ts';
import { createDenyGate } from './safety/deny-gate.ts';
import type { Gate } from './safety/gate.ts';
import type { GateDesktop } from './safety/gate-desktop.ts';
import type { Policy } from './safety/policy/policy-schema.ts';
import { createPolicyGate } from './safety/policy/policy-gate.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from './safety/policy/read-policy.ts';
import { createPromptGate } from './safety/prompt/prompt-gate.ts';
import { Presence } from './safety/watch/presence.ts';
import { createWatchGate } from './safety/watch/watch-gate.ts';
import { ActiveWindowReader } from './sandbox/x11/active-window.ts';
import { systemClock } from './util/clock.ts';

/** Streams of a terminal where a person sits, for the gate's questions. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** What Ctrl-C at a question does. */
  readonly onInterrupt?: () => void;
  /** Tells what the terminal can show. Default: nothing but text. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface OpenGateOptions {
  readonly config: Pick<Config, 'gate'>;
  /** The rules of the `policy` gate: `readRules`. */
  readonly rules: Policy | undefined;
  /** Absent: nobody sits there, and whatever needs a person is denied. */
  readonly terminal: Terminal | undefined;
  /** Where the pictures that a person is shown are kept. */
  readonly folder: Pick<RunFolder, 'asked'>;
  /** A person is back at a run that had paused for want of one. */
  readonly onReturn: () => void;
}

/** A gate that may hold a terminal: disposing it lets the terminal go. */
export interface OpenedGate extends Disposable {
  readonly gate: Gate;
}

/** The rules that the configuration names; none where its gate has none. @throws InputError not-found, invalid-file */
export async function readRules({
  gate,
  policyFile,
}: Pick<Config, 'gate' | 'policyFile'>): Promise<Policy | undefined> {
  return gate === 'policy' ? await readPolicy(policyFile ?? DEFAULT_POLICY_FILE) : undefined;
}

/** The gate of one run, as the configuration says. */
export function openGate(options: OpenGateOptions): OpenedGate {
  const { config, rules, terminal } = options;
  if (config.gate === 'auto') return { gate: createAutoGate(), [Symbol.dispose]: () => undefined };
  const isAsking = terminal !== undefined && config.gate !== 'deny';
  const person = isAsking
    ? openPerson(terminal, options)
    : { gate: createDenyGate(), [Symbol.dispose]: () => undefined };
  if (config.gate !== 'policy') return person;
  if (rules === undefined) throw new InputError('invalid-option', 'The policy gate needs its rules.');
  return {
    gate: createPolicyGate({ policy: rules, ask: person.gate }),
    [Symbol.dispose]: () => person[Symbol.dispose](),
  };
}

function openPerson(terminal: Terminal, { folder, onReturn }: OpenGateOptions): OpenedGate {
  const { input, output, onInterrupt, env } = terminal;
  const ask = createPromptGate({
    terminal: { input, output, onInterrupt },
    clock: systemClock,
    ...(env === undefined ? {} : { env }),
    picture: async ({ turn, next, callId, actions, screenshot }) => {
      const name = `${turn}-${next}-${callId.replaceAll(/[^\w-]/g, '_').slice(0, 60)}`;
      return await writeMarkedFrame(folder, name, { screenshot, actions: actions.slice(next) });
    },
  });
  const presence = new Presence({ input, clock: systemClock, onInterrupt });
  const gate = createWatchGate({ presence, output, clock: systemClock, ask, onReturn });
  return { gate, [Symbol.dispose]: () => presence.stop() };
}

/** What a gate may ask of a desktop in a sandbox and do with it. */
export function openGateDesktop(
  { sandbox }: Pick<Desktop, 'sandbox'>,
  currentUrl: CurrentUrlSource | undefined,
): GateDesktop & Disposable {
  const windows = new ActiveWindowReader((options) => sandbox.openX(options));
  return {
    // An address that cannot be had is a failure here: a rule that restricts by it then holds.
    foreground: async ({ signal = new AbortController().signal } = {}) => {
      const [application, url] = await Promise.all([
        windows.read({ signal }),
        currentUrl?.read(sandbox, { signal }),
      ]);
      return { ...(application && { application }), ...(url !== undefined && { url }) };
    },
    lend: async ({ signal } = {}) =>
      await openViewerListener({ signal, connect: (opening) => sandbox.openVnc(opening) }),
    [Symbol.dispose]: () => windows[Symbol.dispose](),
  };
}
