import type { Size } from '../util/geometry.ts';
import type { FunctionName } from './function-names.ts';
import type { SettingName } from './settings.ts';

export type Provider = 'azure' | 'openai' | 'local' | 'replay';

/** Which model, and how it is reached. Keys are never part of it. */
export interface ModelConfig {
  readonly provider: Provider;
  /** Model name; at Azure the name of the deployment; for replay the absolute path of the cassette. */
  readonly name: string;
  readonly tool: 'computer' | 'computer_use_preview';
  /** Who keeps the conversation; `client`: nothing is stored at the server. */
  readonly history: 'server' | 'client';
  /** One sentence without a full stop: `local, because neither … nor … is set`. */
  readonly reason: string;
  /** Whether the provider's key is in the environment. Azure without a key signs in with Entra ID. */
  readonly hasKey: boolean;
  /** Another server than the provider's own (openai only). */
  readonly baseUrl?: string;
  readonly azure?: { readonly endpoint: string; readonly apiVersion?: string };
}

export interface Config {
  readonly model: ModelConfig;
  /** `policy` holds the run to a file of rules, `auto` approves everything. */
  readonly gate: 'prompt' | 'deny' | 'policy' | 'auto';
  /** The rules of the `policy` gate; absolute. Absent: the default ones. */
  readonly policyFile?: string;
  /** What the model may call beside the computer tool. */
  readonly functions: readonly FunctionName[];
  /** What the model is given: a desktop, or one whose browser fills the screen. Default `linux`. */
  readonly environment?: 'browser';
  /** What the browser opens. */
  readonly url?: string;
  /** px. */
  readonly display: Size;
  readonly sandbox: {
    /** The driver's own image when absent. */
    readonly image?: string;
    /** Of the real screen, px; as the display when absent. */
    readonly screen?: Size;
    readonly network: 'none' | 'full';
    /** What can be reached although the network is `none`. */
    readonly allowDomains?: readonly string[];
    readonly memoryBytes: number;
    readonly cpus: number;
    readonly pidsLimit: number;
    /** What the desktop's clock says when it starts, ISO 8601 in UTC; absent: the time that it is. */
    readonly clock?: string;
    /** How VNC is reached; `auto`: the socket where it can be opened, else over `exec`. */
    readonly vnc: 'auto' | 'socket' | 'exec';
    /** What the engine runs containers with, such as `runsc`; its own default when absent. */
    readonly runtime?: string;
  };
  /** Hosts that this machine may fetch a task's files from. */
  readonly allowDownloads: readonly string[];
  readonly limits: {
    readonly turns: number;
    readonly wallTimeMs: number;
    readonly tokens?: number;
    readonly budgetUsd?: number;
    /** Turns in a row that do the same and leave the same screen. */
    readonly repeats: number;
  };
  /** A price table of one's own; absolute. */
  readonly pricesFile?: string;
  /** The display's own values where absent. */
  readonly settle: { readonly minimumMs?: number; readonly quietMs?: number; readonly capMs?: number };
  /** Absolute. */
  readonly runsFolder: string;
  /** Where each setting came from; every setting is there once. */
  readonly provenance: readonly Provenance[];
  /** The configuration file that was read, if any. */
  readonly file: string | undefined;
  /** What looks like a mistake but is not refused: a variable whose name is nearly that of a setting. */
  readonly warnings: readonly string[];
}

export interface Provenance {
  /** The name in the file: `sandbox.network`. */
  readonly setting: SettingName;
  readonly source: 'flag' | 'environment' | 'task' | 'file' | 'default';
  /** `--display`, `DESKHAND_DISPLAY`, `deskhand.yaml:3:1`, `default`. */
  readonly from: string;
  /** The value for people; `-` when unset. */
  readonly shown: string;
}

/** What a task asks for. A task file fits this as it is. */
export interface TaskNeeds {
  /** The name to report: the task's file. */
  readonly origin?: string | undefined;
  readonly model?: Provider | undefined;
  readonly environment?: 'linux' | 'browser' | undefined;
  readonly url?: string | undefined;
  /** A task may ask for the strict gate, not for a weaker one. */
  readonly gate?: 'deny' | undefined;
  readonly image?: string | undefined;
  readonly display?: Size | undefined;
  readonly network?: 'none' | 'full' | undefined;
  readonly functions?: readonly FunctionName[] | undefined;
  readonly limits?:
    | {
        readonly turns?: number | undefined;
        readonly wallTimeMs?: number | undefined;
        readonly tokens?: number | undefined;
      }
    | undefined;
}
