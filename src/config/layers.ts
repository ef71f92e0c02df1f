import { toKebabCase } from '../util/kebab-case.ts';
import { formatSize } from '../util/quantities.ts';
import type { Provenance, TaskNeeds } from './config.ts';
import { MODEL_VARIABLE, SETTING_NAMES, SPELLINGS } from './settings.ts';
import type { ConfigFlags, SettingName } from './settings.ts';
import { formatPosition } from './yaml-file.ts';
import type { ParsedFile } from './yaml-file.ts';

/** A value that one source gives to one setting. */
export interface Offer {
  readonly name: SettingName;
  readonly source: Provenance['source'];
  readonly from: string;
  /** What the setting's schema takes. */
  readonly raw: unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the flags give. An empty text is a value, and mostly a wrong one. */
export function offersOfFlags(flags: ConfigFlags): readonly Offer[] {
  const named = SETTING_NAMES.flatMap((name) => {
    const flag = SPELLINGS[name]?.flag;
    return flag === undefined ? [] : offerText(name, flags[flag], 'flag', `--${toKebabCase(flag)}`);
  });
  return [...offersOfModel(flags.model, 'flag', '--model'), ...named];
}

/** What the environment gives. A variable that is set to nothing counts as not set. */
export function offersOfEnvironment(env: Environment): readonly Offer[] {
  const named = SETTING_NAMES.flatMap((name) => {
    const variable = SPELLINGS[name]?.variable;
    return variable === undefined ? [] : offerText(name, env[variable] || undefined, 'environment', variable);
  });
  return [...offersOfModel(env[MODEL_VARIABLE] || undefined, 'environment', MODEL_VARIABLE), ...named];
}

export function offersOfFile(file: ParsedFile<unknown>): readonly Offer[] {
  return SETTING_NAMES.flatMap((name) => {
    const path = name.split('.');
    const raw = path.reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      file.raw,
    );
    const from = formatPosition(file.locate(path));
    return raw === undefined ? [] : [{ name, source: 'file', from, raw } satisfies Offer];
  });
}

export function offersOfTask(task: TaskNeeds): readonly Offer[] {
  const values: Partial<Record<SettingName, unknown>> = {
    'model.provider': task.model,
    gate: task.gate,
    environment: task.environment,
    url: task.url,
    'sandbox.image': task.image,
    display: task.display && formatSize(task.display),
    'sandbox.network': task.network,
    functions: task.functions,
    'limits.turns': task.limits?.turns,
    'limits.wallTime': task.limits?.wallTimeMs && `${task.limits.wallTimeMs}ms`,
    'limits.tokens': task.limits?.tokens,
  };
  return SETTING_NAMES.flatMap((name) => {
    const raw = values[name];
    if (raw === undefined) return [];
    return [{ name, source: 'task', from: task.origin ?? 'the task', raw } satisfies Offer];
  });
}

/** `PROVIDER` or `PROVIDER:NAME`, as two offers. */
function offersOfModel(text: string | undefined, source: Offer['source'], from: string): readonly Offer[] {
  if (text === undefined) return [];
  const colon = text.indexOf(':');
  if (colon < 0) return offerText('model.provider', text, source, from);
  return [
    ...offerText('model.provider', text.slice(0, colon), source, from),
    ...offerText('model.name', text.slice(colon + 1), source, from),
  ];
}

function offerText(
  name: SettingName,
  raw: string | undefined,
  source: Offer['source'],
  from: string,
): readonly Offer[] {
  return raw === undefined ? [] : [{ name, source, from, raw }];
}

/** What a task only asks for and a person's file may withhold: what it costs, what it can reach, and what it can run. */
const FILE_BEFORE_TASK: readonly SettingName[] = ['model.provider', 'sandbox.network', 'functions'];

const RANKS = ['flag', 'environment', 'task', 'file', 'default'] as const;

/** The offers for one setting, the one that counts first. */
export function rankOffers(offers: readonly Offer[], name: SettingName): readonly Offer[] {
  const rank = ({ source }: Offer): number =>
    source === 'task' && FILE_BEFORE_TASK.includes(name)
      ? RANKS.indexOf('file') + 0.5
      : RANKS.indexOf(source);
  return offers.filter((offer) => offer.name === name).toSorted((a, b) => rank(a) - rank(b));
}
