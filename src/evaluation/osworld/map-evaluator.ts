import type { Findings } from './findings.ts';
import { METRICS } from './grader.ts';
import { isTrue, mapCommand, type MappedSteps, mapSteps, toPath } from './map-steps.ts';
import type { OsworldSource, OsworldTask } from './osworld-schema.ts';

/** Where the files lie that are compared with. */
const EXPECTED = '/tmp/deskhand-osworld';
/** Ways of comparing that need more than Python's own library. */
const METHODS = /^(re(\.[A-Z]+)*|eq|ne|le|lt|ge|gt|approx:[\d.]+)$/;

interface MappedEvaluator {
  /** What the grader takes. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly downloads: MappedSteps['downloads'];
}

type Evaluator = OsworldTask['evaluator'];
type Download = MappedSteps['downloads'][number];

/** What the grader does in the place of an evaluator; what it cannot do is put on the findings' list. */
export function mapEvaluator(evaluator: Evaluator, findings: Findings): MappedEvaluator {
  const { func, conj, result, expected, options, postconfig } = evaluator;
  const before = mapSteps(postconfig ?? [], findings);
  const downloads: Download[] = [...before.downloads];
  const map = (source: unknown, side: 'result' | 'expected'): unknown =>
    isSource(source) ? mapSource(source, { side, downloads, findings }) : null;
  const functions = Array.isArray(func) ? func : [func];
  const metrics = functions.map((name, at) => {
    const own = Array.isArray(options) ? options[at] : options;
    const rules = partOf(expected, at);
    requireMetric(name, own ?? {}, rules, findings);
    const metric = { func: name, options: own ?? {}, result: map(partOf(result, at), 'result') };
    return { ...metric, expected: map(rules, 'expected') };
  });
  return { spec: { before: before.commands, conj, metrics }, downloads };
}

function partOf(sources: Evaluator['result'], at: number): unknown {
  return Array.isArray(sources) ? sources[at] : sources;
}

function isSource(value: unknown): value is OsworldSource {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function requireMetric(
  name: string,
  options: Readonly<Record<string, unknown>>,
  expected: unknown,
  findings: Findings,
): void {
  const known = METRICS[name];
  if (known === undefined) return findings.miss('metric', name);
  const unknown = Object.keys(options).filter((option) => !known.includes(option));
  for (const option of unknown) findings.miss('metric', `${name} with ${option}`);
  if (name !== 'check_json') return;
  const methods = [...JSON.stringify(expected ?? null).matchAll(/"method":"([^"]*)"/g)].map(
    ([, method = '']) => method,
  );
  for (const method of methods) if (!METHODS.test(method)) findings.miss('metric', `${name} by ${method}`);
}

interface Mapping {
  readonly side: 'result' | 'expected';
  readonly downloads: Download[];
  readonly findings: Findings;
}

function mapSource(source: OsworldSource, { side, downloads, findings }: Mapping): unknown {
  const { type, command, shell, path, multi, gives = [0] } = source;
  const paths = isTrue(multi) ? path : [path];
  switch (type) {
    case 'rule':
      return { get: 'rule', value: source['rules'] };
    case 'vm_command_line':
    case 'vm_command_error':
      mapCommand(command, isTrue(shell), findings);
      return {
        get: 'command',
        command,
        shell: isTrue(shell),
        stream: type === 'vm_command_line' ? 'output' : 'error',
      };
    case 'vm_file':
      return { get: 'file', paths: mapPaths(paths, findings), gives };
    case 'cloud_file': {
      const files = mapAddresses(paths, `${side}-${downloads.length}`, findings);
      downloads.push(...files);
      return { get: 'expected', paths: files.map((file) => file.path), gives };
    }
    case 'list_directory':
      return { get: 'directory', path: mapPaths([path], findings)[0] };
    default:
      findings.miss('getter', type);
      return null;
  }
}

function mapPaths(paths: unknown, findings: Findings): readonly string[] {
  return textsOf(paths).flatMap((path) => {
    const place = toPath(path);
    if (place === undefined) findings.miss('getter', `a file at ${path}`);
    return place ?? [];
  });
}

function mapAddresses(addresses: unknown, name: string, findings: Findings): readonly Download[] {
  return textsOf(addresses).flatMap((url, at) => {
    if (URL.canParse(url)) return { url, path: `${EXPECTED}/${name}-${at}` };
    findings.miss('getter', 'cloud_file without an address');
    return [];
  });
}

function textsOf(list: unknown): readonly string[] {
  return (Array.isArray(list) ? list : [list]).filter((item) => typeof item === 'string');
}
