import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { nearestName } from '../util/nearest.ts';
import { formatSize } from '../util/quantities.ts';
import type { Size } from '../util/geometry.ts';
import { chooseModel } from './choose-model.ts';
import type { Config, ModelConfig, TaskNeeds } from './config.ts';
import { offersOfEnvironment, offersOfFile, offersOfFlags, offersOfTask, rankOffers } from './layers.ts';
import type { Environment, Offer } from './layers.ts';
import {
  CONFIG_VARIABLE,
  MCP_TOKEN_VARIABLE,
  configFileSchema,
  MODEL_VARIABLE,
  SETTING_NAMES,
  settingsSchema,
  SPELLINGS,
} from './settings.ts';
import type { ConfigFlags, SettingName, SettingValues } from './settings.ts';
import { readYamlFile } from './yaml-file.ts';
import type { ParsedFile } from './yaml-file.ts';
import { formatPath, validate } from './zod-problems.ts';

const CONFIG_FILE_NAME = 'deskhand.yaml';

export interface LoadConfigOptions {
  readonly flags: ConfigFlags;
  readonly env: Environment;
  /** Where `deskhand.yaml` is looked for and relative paths start. */
  readonly cwd: string;
  readonly task?: TaskNeeds;
}

type Values = Omit<Config, 'provenance' | 'file' | 'warnings'>;
type ShownValues = Readonly<Record<SettingName, string | undefined>>;

const MEBIBYTE = 1024 * 1024;
const DEFAULTS = {
  gate: 'prompt',
  functions: [],
  'sandbox.network': 'none',
  'sandbox.cpus': 1.5,
  'sandbox.vnc': 'auto',
  'limits.turns': 100,
  'limits.wallTime': 600_000,
  'limits.repeats': 10,
  runsFolder: 'runs',
} as const satisfies SettingValues;

/** A browser starts many processes, and pages take what they get. */
const DEFAULT_NEEDS = {
  linux: { memoryBytes: 1024 * MEBIBYTE, pidsLimit: 256 },
  browser: { memoryBytes: 2048 * MEBIBYTE, pidsLimit: 512 },
} as const;

/** The real desktop is drawn at the size that each tool is recommended to see, so that nothing is scaled. */
const DEFAULT_DISPLAYS: Readonly<Record<ModelConfig['tool'], Size>> = {
  computer: { width: 1440, height: 900 },
  computer_use_preview: { width: 1024, height: 768 },
};

/**
 * Flag, then environment variable, then task, then file, then default, for each setting.
 * @throws InputError invalid-option, invalid-environment, invalid-file, not-found
 */
export async function loadConfig({ flags, env, cwd, task }: LoadConfigOptions): Promise<Config> {
  const named = flags.config ?? (env[CONFIG_VARIABLE] || undefined);
  const path = resolve(cwd, named ?? CONFIG_FILE_NAME);
  const file = named !== undefined || (await exists(path)) ? await readConfigFile(path, named) : undefined;
  const offers = [
    ...offersOfFlags(flags),
    ...offersOfEnvironment(env),
    ...(task === undefined ? [] : offersOfTask(task)),
    ...(file === undefined ? [] : offersOfFile(file)),
  ];
  const settings = readSettings(offers);
  const baseOf = (name: SettingName): string =>
    rankOffers(offers, name)[0]?.source === 'file' ? dirname(path) : cwd;
  const chosen = chooseModel(settings, offers, env);
  const isFile = chosen.provider === 'replay';
  const model = isFile ? { ...chosen, name: resolve(baseOf('model.name'), chosen.name) } : chosen;
  const values = toValues(settings, model, baseOf);
  requireConsent(values, offers, flags);
  return {
    ...values,
    provenance: provenanceOf(values, offers),
    file: file?.file,
    warnings: warnAboutVariables(env),
  };
}

/** @throws InputError when nothing would be asked about and nobody has accepted that in so many words */
function requireConsent({ gate }: Values, offers: readonly Offer[], flags: ConfigFlags): void {
  if (gate !== 'auto' || flags.iAcceptTheRisk === true) return;
  const from = rankOffers(offers, 'gate')[0]?.from ?? 'gate';
  throw new InputError(
    'invalid-option',
    `${from}: the gate auto approves whatever the model asks for, unseen.`,
    {
      hint: 'Use prompt, deny or policy; or say --i-accept-the-risk as well, on the command line.',
    },
  );
}

async function readConfigFile(path: string, named: string | undefined): Promise<ParsedFile<unknown>> {
  return await readYamlFile(path, { schema: configFileSchema, name: named ?? CONFIG_FILE_NAME });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Reads the offer that counts for each setting; all that are wrong are reported at once. */
function readSettings(offers: readonly Offer[]): SettingValues {
  const chosen = new Map(SETTING_NAMES.map((name) => [name, rankOffers(offers, name)[0]] as const));
  const raw = Object.fromEntries([...chosen].map(([name, offer]) => [name, offer?.raw]));
  const validation = validate(settingsSchema, raw);
  if (validation.ok) return validation.value;
  const problems = validation.problems.map(({ path, message }) => {
    const offer = [...chosen.values()].find((candidate) => candidate?.name === path[0]);
    return { source: offer?.source, text: `${offer?.from ?? formatPath(path)}: ${message}` };
  });
  const isFlag = problems.some(({ source }) => source === 'flag');
  const text = problems.map((problem) => problem.text).join('\n');
  throw new InputError(isFlag ? 'invalid-option' : 'invalid-environment', text);
}

function toValues(
  settings: SettingValues,
  model: ModelConfig,
  baseOf: (name: SettingName) => string,
): Values {
  const { 'sandbox.image': image, 'sandbox.screen': screen } = settings;
  const { 'limits.tokens': tokens, 'limits.budgetUsd': budgetUsd } = settings;
  const { policyFile, pricesFile, 'sandbox.allowDomains': allowDomains, 'sandbox.clock': clock } = settings;
  const { 'sandbox.runtime': runtime } = settings;
  const needs = DEFAULT_NEEDS[settings.environment ?? 'linux'];
  if (settings['sandbox.network'] === 'full' && allowDomains !== undefined) throw networkTwice();
  return {
    model,
    gate: settings.gate ?? DEFAULTS.gate,
    ...(policyFile === undefined ? {} : { policyFile: resolve(baseOf('policyFile'), policyFile) }),
    functions: settings.functions ?? DEFAULTS.functions,
    ...toEnvironment(settings),
    display: settings.display ?? DEFAULT_DISPLAYS[model.tool],
    sandbox: {
      ...(image === undefined ? {} : { image }),
      ...(screen === undefined ? {} : { screen }),
      network: settings['sandbox.network'] ?? DEFAULTS['sandbox.network'],
      ...(allowDomains === undefined ? {} : { allowDomains }),
      memoryBytes: settings['sandbox.memory'] ?? needs.memoryBytes,
      cpus: settings['sandbox.cpus'] ?? DEFAULTS['sandbox.cpus'],
      pidsLimit: settings['sandbox.pids'] ?? needs.pidsLimit,
      ...(clock === undefined || clock === 'real' ? {} : { clock }),
      vnc: settings['sandbox.vnc'] ?? DEFAULTS['sandbox.vnc'],
      ...(runtime === undefined ? {} : { runtime }),
    },
    allowDownloads: settings.allowDownloads ?? [],
    limits: {
      turns: settings['limits.turns'] ?? DEFAULTS['limits.turns'],
      wallTimeMs: settings['limits.wallTime'] ?? DEFAULTS['limits.wallTime'],
      repeats: settings['limits.repeats'] ?? DEFAULTS['limits.repeats'],
      ...(tokens === undefined ? {} : { tokens }),
      ...(budgetUsd === undefined ? {} : { budgetUsd }),
    },
    settle: toSettle(settings),
    ...(pricesFile === undefined ? {} : { pricesFile: resolve(baseOf('pricesFile'), pricesFile) }),
    runsFolder: resolve(baseOf('runsFolder'), settings.runsFolder ?? DEFAULTS.runsFolder),
  };
}

function networkTwice(): InputError {
  return new InputError('invalid-option', 'Names to allow are given, and the network is full already.', {
    hint: 'Leave out --network full (or sandbox.network) to reach the allowed names alone.',
  });
}

/** @throws InputError when there is an address and no browser to open it */
function toEnvironment({ environment, url }: SettingValues): Pick<Config, 'environment' | 'url'> {
  if (environment === 'browser') return { environment, ...(url === undefined ? {} : { url }) };
  if (url === undefined) return {};
  throw new InputError('invalid-option', 'There is an address to open, and no browser to open it.', {
    hint: 'Say --environment browser too.',
  });
}

function toSettle(settings: SettingValues): Config['settle'] {
  const { 'settle.minimumMs': minimumMs, 'settle.quietMs': quietMs, 'settle.capMs': capMs } = settings;
  return {
    ...(minimumMs === undefined ? {} : { minimumMs }),
    ...(quietMs === undefined ? {} : { quietMs }),
    ...(capMs === undefined ? {} : { capMs }),
  };
}

function provenanceOf(values: Values, offers: readonly Offer[]): Config['provenance'] {
  const shown = showValues(values);
  return SETTING_NAMES.map((setting) => {
    const [offer] = rankOffers(offers, setting);
    const { source, from } = offer ?? { source: 'default', from: 'default' };
    return { setting, source, from, shown: shown[setting] ?? '-' };
  });
}

function showValues(values: Values): ShownValues {
  const {
    model,
    gate,
    environment,
    url,
    functions,
    display,
    sandbox,
    limits,
    settle,
    policyFile,
    pricesFile,
    runsFolder,
    allowDownloads,
  } = values;
  return {
    'model.provider': model.provider,
    'model.name': model.name,
    'model.tool': model.tool,
    'model.history': model.history,
    'model.baseUrl': model.baseUrl,
    'model.azure.endpoint': model.azure?.endpoint,
    'model.azure.apiVersion': model.azure?.apiVersion,
    gate,
    policyFile,
    functions: functions.length === 0 ? 'none' : functions.join(','),
    environment: environment ?? 'linux',
    url,
    display: formatSize(display),
    'sandbox.image': sandbox.image,
    'sandbox.screen': sandbox.screen && formatSize(sandbox.screen),
    'sandbox.network': sandbox.network,
    'sandbox.allowDomains': sandbox.allowDomains?.join(','),
    'sandbox.memory': `${Math.round(sandbox.memoryBytes / MEBIBYTE)}m`,
    'sandbox.cpus': String(sandbox.cpus),
    'sandbox.pids': String(sandbox.pidsLimit),
    'sandbox.clock': sandbox.clock ?? 'real',
    'sandbox.vnc': sandbox.vnc,
    'sandbox.runtime': sandbox.runtime,
    allowDownloads: allowDownloads.length === 0 ? undefined : allowDownloads.join(','),
    'limits.turns': String(limits.turns),
    'limits.wallTime': `${limits.wallTimeMs / 1_000}s`,
    'limits.tokens': limits.tokens?.toString(),
    'limits.budgetUsd': limits.budgetUsd?.toString(),
    'limits.repeats': String(limits.repeats),
    'settle.minimumMs': settle.minimumMs?.toString(),
    'settle.quietMs': settle.quietMs?.toString(),
    'settle.capMs': settle.capMs?.toString(),
    pricesFile,
    runsFolder,
  };
}

/** A misspelt variable would silently leave a default in force. */
function warnAboutVariables(env: Environment): readonly string[] {
  const known = [
    MODEL_VARIABLE,
    CONFIG_VARIABLE,
    MCP_TOKEN_VARIABLE,
    ...Object.values(SPELLINGS).map(({ variable }) => variable),
  ];
  return Object.keys(env)
    .filter((variable) => variable.startsWith('DESKHAND_') && !known.includes(variable))
    .flatMap((variable) => {
      const near = nearestName(variable, known);
      return near === undefined ? [] : [`${variable} is not a setting; did you mean ${near}?`];
    });
}
