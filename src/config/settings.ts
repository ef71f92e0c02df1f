import { z } from 'zod';
import { functionNames } from './function-names.ts';
import {
  byteCount,
  clockTime,
  decimalNumber,
  displaySize,
  duration,
  nameList,
  pageAddress,
  wholeNumber,
  webAddress,
} from './quantity-schemas.ts';

const MEBIBYTE = 1024 * 1024;
const name = z.string().min(1);

/** Every setting, flat, with what it takes. Text from a flag or a variable is read by the same schema as the file. */
const SETTINGS = {
  'model.provider': z.enum(['auto', 'azure', 'openai', 'local', 'replay']),
  'model.name': name,
  'model.tool': z.enum(['computer', 'computer_use_preview']),
  'model.history': z.enum(['server', 'client']),
  'model.baseUrl': webAddress,
  'model.azure.endpoint': webAddress,
  'model.azure.apiVersion': name,
  gate: z.enum(['prompt', 'deny', 'policy', 'auto']),
  policyFile: name,
  functions: functionNames,
  environment: z.enum(['linux', 'browser']),
  url: pageAddress,
  display: displaySize,
  'sandbox.image': name,
  'sandbox.screen': displaySize,
  'sandbox.network': z.enum(['none', 'full']),
  'sandbox.allowDomains': nameList,
  'sandbox.memory': byteCount.refine((bytes) => bytes >= 128 * MEBIBYTE, {
    error: 'expected at least 128m: an empty desktop alone needs half of that',
  }),
  'sandbox.cpus': decimalNumber({ minimum: 0.1, maximum: 1024 }),
  'sandbox.pids': wholeNumber({ minimum: 64, maximum: 1_000_000 }),
  'sandbox.clock': clockTime,
  'sandbox.vnc': z.enum(['auto', 'socket', 'exec']),
  'sandbox.runtime': name,
  allowDownloads: nameList,
  'limits.turns': wholeNumber({ minimum: 1 }),
  'limits.wallTime': duration,
  'limits.tokens': wholeNumber({ minimum: 1 }),
  'limits.budgetUsd': decimalNumber({ minimum: 0.01 }),
  'limits.repeats': wholeNumber({ minimum: 2 }),
  'settle.minimumMs': wholeNumber({ minimum: 0, maximum: 60_000 }),
  'settle.quietMs': wholeNumber({ minimum: 1, maximum: 60_000 }),
  'settle.capMs': wholeNumber({ minimum: 1, maximum: 600_000 }),
  pricesFile: name,
  runsFolder: name,
} as const;

export const settingsSchema = z.strictObject(SETTINGS).partial();

export type SettingName = keyof typeof SETTINGS;
export type SettingValues = z.output<typeof settingsSchema>;

export const SETTING_NAMES: readonly SettingName[] = settingsSchema.keyof().options;

/** What `deskhand.yaml` may hold; a file of comments alone holds nothing. */
export const configFileSchema = z
  .strictObject({
    model: z.strictObject({
      provider: SETTINGS['model.provider'].optional(),
      name: SETTINGS['model.name'].optional(),
      tool: SETTINGS['model.tool'].optional(),
      history: SETTINGS['model.history'].optional(),
      baseUrl: SETTINGS['model.baseUrl'].optional(),
      azure: z
        .strictObject({
          endpoint: SETTINGS['model.azure.endpoint'].optional(),
          apiVersion: SETTINGS['model.azure.apiVersion'].optional(),
        })
        .optional(),
    }),
    gate: SETTINGS.gate,
    policyFile: SETTINGS.policyFile,
    functions: SETTINGS.functions,
    environment: SETTINGS.environment,
    url: SETTINGS.url,
    display: SETTINGS.display,
    sandbox: z
      .strictObject({
        image: SETTINGS['sandbox.image'],
        screen: SETTINGS['sandbox.screen'],
        network: SETTINGS['sandbox.network'],
        allowDomains: SETTINGS['sandbox.allowDomains'],
        memory: SETTINGS['sandbox.memory'],
        cpus: SETTINGS['sandbox.cpus'],
        pids: SETTINGS['sandbox.pids'],
        clock: SETTINGS['sandbox.clock'],
        vnc: SETTINGS['sandbox.vnc'],
        runtime: SETTINGS['sandbox.runtime'],
      })
      .partial(),
    allowDownloads: SETTINGS.allowDownloads,
    limits: z
      .strictObject({
        turns: SETTINGS['limits.turns'],
        wallTime: SETTINGS['limits.wallTime'],
        tokens: SETTINGS['limits.tokens'],
        budgetUsd: SETTINGS['limits.budgetUsd'],
        repeats: SETTINGS['limits.repeats'],
      })
      .partial(),
    settle: z
      .strictObject({
        minimumMs: SETTINGS['settle.minimumMs'],
        quietMs: SETTINGS['settle.quietMs'],
        capMs: SETTINGS['settle.capMs'],
      })
      .partial(),
    pricesFile: SETTINGS.pricesFile,
    runsFolder: SETTINGS.runsFolder,
  })
  .partial()
  .nullable();

/** Flags as the command line gives them: text, or undefined when not given. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  /** `PROVIDER` or `PROVIDER:NAME`. */
  readonly model?: string | undefined;
  readonly tool?: string | undefined;
  readonly history?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly gate?: string | undefined;
  readonly policy?: string | undefined;
  /** Lets the gate be `auto`; neither a file nor a variable can. */
  readonly iAcceptTheRisk?: boolean | undefined;
  readonly functions?: string | undefined;
  readonly environment?: string | undefined;
  readonly url?: string | undefined;
  readonly display?: string | undefined;
  readonly image?: string | undefined;
  readonly screen?: string | undefined;
  readonly network?: string | undefined;
  /** Joined by commas. */
  readonly allowDomain?: string | undefined;
  readonly memory?: string | undefined;
  readonly cpus?: string | undefined;
  readonly pids?: string | undefined;
  readonly clock?: string | undefined;
  readonly vnc?: string | undefined;
  readonly runtime?: string | undefined;
  /** Joined by commas. */
  readonly allowDownload?: string | undefined;
  readonly maxTurns?: string | undefined;
  readonly maxTime?: string | undefined;
  readonly maxTokens?: string | undefined;
  readonly budgetUsd?: string | undefined;
  readonly maxRepeats?: string | undefined;
  readonly prices?: string | undefined;
  readonly runs?: string | undefined;
}

interface Spelling {
  readonly flag?: Exclude<keyof ConfigFlags, 'config' | 'model' | 'iAcceptTheRisk'>;
  readonly variable: string;
}

/** How each setting is called outside the file. `model.provider` and `model.name` share `--model` and DESKHAND_MODEL. */
export const SPELLINGS: Readonly<Partial<Record<SettingName, Spelling>>> = {
  'model.tool': { flag: 'tool', variable: 'DESKHAND_TOOL' },
  'model.history': { flag: 'history', variable: 'DESKHAND_HISTORY' },
  'model.baseUrl': { flag: 'baseUrl', variable: 'OPENAI_BASE_URL' },
  'model.azure.endpoint': { variable: 'AZURE_OPENAI_ENDPOINT' },
  'model.azure.apiVersion': { variable: 'OPENAI_API_VERSION' },
  gate: { flag: 'gate', variable: 'DESKHAND_GATE' },
  policyFile: { flag: 'policy', variable: 'DESKHAND_POLICY' },
  functions: { flag: 'functions', variable: 'DESKHAND_FUNCTIONS' },
  environment: { flag: 'environment', variable: 'DESKHAND_ENVIRONMENT' },
  url: { flag: 'url', variable: 'DESKHAND_URL' },
  display: { flag: 'display', variable: 'DESKHAND_DISPLAY' },
  'sandbox.image': { flag: 'image', variable: 'DESKHAND_IMAGE' },
  'sandbox.screen': { flag: 'screen', variable: 'DESKHAND_SCREEN' },
  'sandbox.network': { flag: 'network', variable: 'DESKHAND_NETWORK' },
  'sandbox.allowDomains': { flag: 'allowDomain', variable: 'DESKHAND_ALLOW_DOMAINS' },
  'sandbox.memory': { flag: 'memory', variable: 'DESKHAND_MEMORY' },
  'sandbox.cpus': { flag: 'cpus', variable: 'DESKHAND_CPUS' },
  'sandbox.pids': { flag: 'pids', variable: 'DESKHAND_PIDS' },
  'sandbox.clock': { flag: 'clock', variable: 'DESKHAND_CLOCK' },
  'sandbox.vnc': { flag: 'vnc', variable: 'DESKHAND_VNC' },
  'sandbox.runtime': { flag: 'runtime', variable: 'DESKHAND_RUNTIME' },
  allowDownloads: { flag: 'allowDownload', variable: 'DESKHAND_ALLOW_DOWNLOADS' },
  'limits.turns': { flag: 'maxTurns', variable: 'DESKHAND_MAX_TURNS' },
  'limits.wallTime': { flag: 'maxTime', variable: 'DESKHAND_MAX_TIME' },
  'limits.tokens': { flag: 'maxTokens', variable: 'DESKHAND_MAX_TOKENS' },
  'limits.budgetUsd': { flag: 'budgetUsd', variable: 'DESKHAND_BUDGET_USD' },
  'limits.repeats': { flag: 'maxRepeats', variable: 'DESKHAND_MAX_REPEATS' },
  'settle.minimumMs': { variable: 'DESKHAND_SETTLE_MINIMUM_MS' },
  'settle.quietMs': { variable: 'DESKHAND_SETTLE_QUIET_MS' },
  'settle.capMs': { variable: 'DESKHAND_SETTLE_CAP_MS' },
  pricesFile: { flag: 'prices', variable: 'DESKHAND_PRICES' },
  runsFolder: { flag: 'runs', variable: 'DESKHAND_RUNS' },
};

export const MODEL_VARIABLE = 'DESKHAND_MODEL';
export const CONFIG_VARIABLE = 'DESKHAND_CONFIG';
/** A secret, so no setting: the bearer token of `deskhand mcp --http`. */
export const MCP_TOKEN_VARIABLE = 'DESKHAND_MCP_TOKEN';

/** The JSON Schema of `deskhand.yaml`, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'deskhand.yaml', ...z.toJSONSchema(configFileSchema, { io: 'input' }) };
}
