import { Findings, type Missing } from './findings.ts';
import { GRADER_NAME } from './grader.ts';
import { IMAGE_APPLICATIONS } from './image-programs.ts';
import { mapEvaluator } from './map-evaluator.ts';
import { mapSteps } from './map-steps.ts';
import type { OsworldTask } from './osworld-schema.ts';

/** An agent of OSWorld is told the same: tasks that cannot be done are part of it. */
const GIVING_UP = 'If this cannot be done here, end with a message that is FAIL and nothing else.';
/** The whole message. */
const SAYS_FAIL = String.raw`(?<![\s\S])\s*FAIL\W*(?![\s\S])`;

export interface MappedTask {
  /** A task file, as it is written; nothing where something is missing. */
  readonly file?: Readonly<Record<string, unknown>>;
  readonly missing: readonly Missing[];
  /** Scripts from the web that the task runs, and that may call what the image lacks. */
  readonly scripts: readonly string[];
  /** All that it wants from the web. */
  readonly addresses: readonly string[];
}

/** Says a task of OSWorld in the words of a task file, or what is missing for it. */
export function mapTask(task: OsworldTask, domain: string): MappedTask {
  const findings = new Findings();
  for (const name of task.related_apps) {
    const application = name.toLowerCase();
    if (!IMAGE_APPLICATIONS.has(application))
      findings.miss('application', application.replaceAll(/[ _]/g, ' '));
  }
  const setup = mapSteps(task.config ?? [], findings);
  const { checks, downloads } = mapChecks(task, findings);
  const { missing, scripts } = findings;
  const addresses = [...setup.downloads, ...downloads].map(({ url }) => url);
  if (missing.length > 0) return { missing, scripts, addresses };
  const file = {
    version: 1,
    id: task.id,
    instruction: `${task.instruction}\n\n${GIVING_UP}`,
    setup: { downloads: setup.downloads, commands: setup.commands.map(toSetupCommand) },
    checks,
    tags: [...new Set([domain, ...task.related_apps])],
  };
  return { file, missing, scripts, addresses };
}

function mapChecks(
  { evaluator }: OsworldTask,
  findings: Findings,
): { readonly checks: readonly unknown[]; readonly downloads: readonly { readonly url: string }[] } {
  if (evaluator.func === 'infeasible') {
    const checks = [{ name: 'infeasible', message: { matches: SAYS_FAIL } }];
    return { checks, downloads: [] };
  }
  const { spec, downloads } = mapEvaluator(evaluator, findings);
  const { func } = evaluator;
  const script = {
    name: Array.isArray(func) ? func.join(` ${evaluator.conj} `) : func,
    script: GRADER_NAME,
    arguments: [JSON.stringify(spec)],
    ...(downloads.length === 0 ? {} : { downloads }),
    timeout: '10m',
  };
  // Decides, as at OSWorld, and has no part in the score.
  const gaveUp = { name: 'not given up', message: { not: { matches: SAYS_FAIL } }, weight: 0 };
  return { checks: [script, gaveUp], downloads };
}

/** What it ends with does not count at OSWorld; that a program is missing would be a fault of the mapping. */
const TOLERANT = '"$@"; case $? in 126|127) exit 127 ;; esac';

function toSetupCommand(argv: readonly string[]): unknown {
  return { command: ['/bin/sh', '-c', TOLERANT, 'step', ...argv], timeout: '2m' };
}
