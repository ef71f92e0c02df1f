/** The script beside the tasks that does what their evaluators do. */
export const GRADER_NAME = 'osworld-grader.py';

/**
 * Judges with OSWorld's own language, so that its regular expressions, texts and numbers mean the same. It takes what to do as
 * JSON: `before`, commands; `metrics`, each with `func`, `result`, `expected`, `options`; `conj`.
 */
export const GRADER = String.raw`#!/usr/bin/python3 -I
import csv, difflib, functools, json, operator, os, re, shlex, sqlite3, subprocess, sys


def run(command, shell):
    if isinstance(command, str) and not shell:
        command = shlex.split(command)
    if not isinstance(command, str):
        command = [os.path.expanduser(word) if word.startswith('~/') else word for word in command]
    pipe = subprocess.PIPE
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, shell=shell, text=True, timeout=120)


def tree(path):
    node = {'type': 'directory', 'name': os.path.basename(path), 'children': []}
    for name in os.listdir(path):
        full = os.path.join(path, name)
        node['children'].append(tree(full) if os.path.isdir(full) else {'type': 'file', 'name': name})
    return node


def get(source):
    kind = source['get']
    if kind == 'rule':
        return source['value']
    if kind == 'command':
        try:
            ran = run(source['command'], source['shell'])
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ran.stdout if source['stream'] == 'output' else ran.stderr
    if kind == 'directory':
        return tree(source['path'])
    paths = [path if os.path.isfile(path) else None for path in source['paths']]
    if kind == 'expected' and None in paths:
        sys.exit('a file to compare with is not there')
    given = [path for at, path in enumerate(paths) if at in source['gives']]
    return given[0] if len(given) == 1 else given


def text_of(path, encoding=None):
    with open(path, encoding=encoding) as file:
        return file.read()


def json_of(path):
    return json.loads(text_of(path))


METRICS = {}


def metric(function):
    METRICS[function.__name__] = function
    return function


@metric
def exact_match(result, rules):
    return result == rules['expected']


@metric
def match_in_list(result, rules):
    return result in rules['expected']


@metric
def is_in_list(result, rules):
    return rules['expected'] in result


@metric
def check_include_exclude(result, rules):
    if result is None:
        return False
    wanted, unwanted = rules.get('include', []), rules.get('exclude', [])
    return all(part in result for part in wanted) and not any(part in result for part in unwanted)


@metric
def literal_match(result, expected, type='str', ignore_case=False):
    fold = (lambda value: str(value).lower()) if ignore_case else str
    if type == 'str':
        return fold(result) == fold(expected)
    if not isinstance(result, (list, tuple)) or not isinstance(expected, (list, tuple)):
        return False
    return [fold(value) for value in result] == [fold(value) for value in expected]


@metric
def fuzzy_match(result, rules):
    a, b = result, rules['expected']
    row = [0] * (len(b) + 1)
    for left in a:
        before, row = row, [0]
        for at, right in enumerate(b):
            row.append(before[at] + 1 if left == right else max(before[at + 1], row[at]))
    return 2 * row[-1] / (len(a) + len(b)) if a or b else 1.0


@metric
def is_in_vm_clickboard(rules, output):
    wanted = rules['expected']
    return all(part in output for part in (wanted if isinstance(wanted, list) else [wanted]))


@metric
def check_moved_jpgs(listing, rules):
    names = [node['name'] for node in listing['children']]
    return len(names) == len(rules['expected']) and set(names) == set(rules['expected'])


@metric
def file_contains(path, rules):
    try:
        text = text_of(path) if path else None
    except (OSError, UnicodeDecodeError):
        return False
    return text is not None and all(part in text for part in rules['expected'])


@metric
def check_list(path, rules):
    if path is None:
        return False
    with open(path) as file:
        lines = list(file)
    seen = lambda pattern: any(re.search(pattern, line) for line in lines)
    return all(map(seen, rules.get('expect', []))) and not any(map(seen, rules.get('unexpect', [])))


@metric
def check_csv(path, rules):
    if path is None:
        return False
    with open(path) as file:
        rows = list(csv.DictReader(file))
    has = lambda wanted: any(all(key in row and row[key] == value for key, value in wanted.items()) for row in rows)
    return all(map(has, rules.get('expect', []))) and not any(map(has, rules.get('unexpect', [])))


def holds(value, rule):
    method, ref = rule['method'], rule['ref']
    if method.startswith('re'):
        flags = functools.reduce(operator.or_, (getattr(re, name) for name in method.split('.')[1:]), re.RegexFlag(0))
        return re.search(ref, value, flags) is not None
    if method in ('eq', 'ne', 'le', 'lt', 'ge', 'gt'):
        return getattr(operator, method)(value, ref)
    if method.startswith('approx'):
        try:
            return abs(float(value) - ref) <= float(method.split(':')[1])
        except (ValueError, TypeError):
            return False
    raise NotImplementedError(method)


def look_up(value, keys):
    for key in keys:
        value = value[key]
    return value


@metric
def check_json(path, rules):
    try:
        data = json_of(path)
        if not all(holds(look_up(data, rule['key']), rule) for rule in rules.get('expect', [])):
            return False
        for rule in rules.get('unexpect', []):
            try:
                value = look_up(data, rule['key'])
            except (KeyError, TypeError):
                value = None
            if holds(value, rule):
                return False
    except Exception:
        return False
    return True


@metric
def check_direct_json_object(result, rules):
    if isinstance(result, str):
        result = json.loads(result.strip().replace("'", '"'))
    if result is None:
        return False
    try:
        expected = rules['expected']
        if not rules.get('expect_in_result', False):
            if expected.get('ignore_list_order', False):
                return all(sorted(value) == sorted(result.get(key)) for key, value in expected.items())
            return all(value == result.get(key) for key, value in expected.items())
        return all(is_among(result.get(key), value) for key, value in expected.items())
    except Exception:
        return False


def is_among(found, wanted):
    if isinstance(wanted, str):
        return wanted in found
    if not isinstance(wanted, list):
        return False
    return any(item in found if isinstance(found, list) else isinstance(found, str) and item == found for item in wanted)


@metric
def check_json_settings(path, rules):
    try:
        data = json_of(path)
    except Exception:
        return False
    return all(key in data and data[key] == value for key, value in rules['expected'].items())


@metric
def compare_text_file(path, gold, ignore_blanks=False, ignore_case=False, **_):
    if not path:
        return False
    texts = [text_of(path), text_of(gold)]
    if ignore_blanks:
        texts = [re.sub(r'\s+', ' ', re.sub(r'[\t\n]', ' ', text).strip()) for text in texts]
    if ignore_case:
        texts = [text.lower() for text in texts]
    return texts[0] == texts[1]


@metric
def diff_text_file(path, gold):
    if path is None:
        return False
    return difflib.SequenceMatcher(a=text_of(path).splitlines(), b=text_of(gold).splitlines()).ratio()


def lines_of(path):
    try:
        return text_of(path, 'utf-8').splitlines()
    except UnicodeDecodeError:
        return text_of(path, 'latin-1').splitlines()


@metric
def compare_csv(path, gold, strict=True, ignore_case=False, **_):
    if path is None:
        return False
    def fold(lines):
        lines = lines if strict else [line.strip() for line in lines]
        return [line.lower() for line in lines] if ignore_case else lines
    found = fold(lines_of(path))
    return any(fold(lines_of(one)) == found for one in ([gold] if isinstance(gold, str) else gold))


@metric
def run_sqlite3(path, rules):
    return float(sqlite3.connect(path).execute(rules['sql']).fetchone()[0] or 0)


def judge(spec):
    scores = []
    for one in spec['metrics']:
        given = [get(source) for source in (one['result'], one['expected']) if source is not None]
        score = float(METRICS[one['func']](*given, **one['options']))
        if spec['conj'] == 'and' and score == 0:
            return 0.0
        if spec['conj'] == 'or' and score == 1:
            return 1.0
        scores.append(score)
    return sum(scores) / len(scores) if spec['conj'] == 'and' else max(scores)


def main():
    spec = json.loads(sys.argv[1])
    for command in spec['before']:
        try:
            run(command, False)
        except subprocess.TimeoutExpired:
            pass
        except OSError as error:
            sys.exit('what comes before the metrics cannot be done: %s' % error)
    score = judge(spec)
    print('score: %s' % score)
    return 0 if score == 1 else 1


try:
    code = main()
except SystemExit as end:
    sys.stderr.write('%s\n' % end)
    code = 2
except FileNotFoundError as error:
    print('score: 0.0\n%s' % error)
    code = 1
except BaseException as error:
    sys.stderr.write('%s: %s\n' % (type(error).__name__, error))
    code = 2
sys.exit(code)
`;

/** The metrics that the grader knows, and the options of each that it knows. */
export const METRICS: Readonly<Record<string, readonly string[]>> = {
  exact_match: [],
  match_in_list: [],
  is_in_list: [],
  check_include_exclude: [],
  literal_match: ['type', 'ignore_case'],
  fuzzy_match: [],
  is_in_vm_clickboard: [],
  check_moved_jpgs: [],
  file_contains: [],
  check_list: [],
  check_csv: [],
  check_json: [],
  check_direct_json_object: [],
  check_json_settings: [],
  compare_text_file: ['ignore_blanks', 'ignore_case'],
  diff_text_file: [],
  compare_csv: ['strict', 'ignore_case'],
  run_sqlite3: [],
};
