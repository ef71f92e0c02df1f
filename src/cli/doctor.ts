import type { Command } from 'commander';
import { createDriver } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { type DeskhandError, toDeskhandError } from '../errors.ts';
import { addConfigFlags } from './config-flags.ts';
import { EXIT, type ExitCode, exitCodeOfError } from './exit-codes.ts';
import { describeImage, type ImageState } from './image.ts';
import { type CliContext, formatTable, printLine } from './terminal.ts';

/** One line of the report. `problem` says what is wrong and `hint` how to get it right. */
interface Finding {
  readonly name: string;
  readonly found: string;
  readonly problem?: DeskhandError;
  /** Works, but not as well as it could. */
  readonly warnings?: readonly string[];
}

function nodeFinding(): Finding {
  return { name: 'node', found: process.versions.node };
}

function modelFinding({ model }: Config): Finding {
  const access: Readonly<Record<Config['model']['provider'], string>> = {
    local: 'needs no key',
    replay: 'plays a recorded conversation back',
    openai: model.hasKey ? 'OPENAI_API_KEY is set' : 'OPENAI_API_KEY is not set',
    azure: model.hasKey ? 'AZURE_OPENAI_API_KEY is set' : 'no key: signs in with Entra ID',
  };
  const isKeyless = model.provider === 'openai' && !model.hasKey;
  return {
    name: 'model',
    found: `${model.provider} ${model.name} (${model.reason}); ${access[model.provider]}`,
    ...(isKeyless ? { warnings: ['set OPENAI_API_KEY before `deskhand run`'] } : {}),
  };
}

async function engineFindings(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    await using driver = await createDriver(config, { signal });
    const { facts } = driver;
    const image = await describeImage(driver, config, { signal });
    return [
      {
        name: 'engine',
        found: `Docker ${facts.version} (API ${facts.apiVersion}) at ${facts.endpoint}, ${facts.source}`,
        warnings: facts.shortcomings,
      },
      {
        name: 'host',
        found: `${facts.operatingSystem}, ${facts.architecture}, ${facts.cpus} CPUs, ${Math.round(facts.memoryBytes / 1024 ** 3)} GiB, ${facts.storageDriver}`,
      },
      imageFinding(image),
    ];
  } catch (thrown) {
    return [{ name: 'engine', found: 'not usable', problem: toDeskhandError(thrown) }];
  }
}

function imageFinding(image: ImageState): Finding {
  return image.problem === undefined
    ? { name: 'image', found: image.found }
    : { name: 'image', found: image.found, problem: image.problem };
}

function printFinding(context: CliContext, { problem, warnings = [] }: Finding): void {
  for (const warning of warnings) printLine(context.stdout, `  ! ${warning}`, 'yellow');
  if (problem === undefined) return;
  printLine(context.stdout, `  ✗ ${problem.message}`, 'red');
  if (problem.hint !== undefined) printLine(context.stdout, `    ${problem.hint}`);
}

/** `deskhand doctor`: what is there, what is missing, how to get it. */
async function runDoctor(
  flags: ConfigFlags & { readonly settings?: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, env, signal, stdout } = context;
  const config = await loadConfig({ flags, env, cwd });
  const findings = [nodeFinding(), modelFinding(config), ...(await engineFindings(config, signal))];
  for (const finding of findings) {
    const mark = finding.problem === undefined ? '✔' : '✗';
    printLine(stdout, `${mark} ${finding.name}: ${finding.found}`);
    printFinding(context, finding);
  }
  for (const warning of config.warnings) printLine(stdout, `! ${warning}`, 'yellow');
  if (flags.settings === true) {
    const rows = config.provenance.map(({ setting, shown, from }) => [setting, shown, from]);
    printLine(stdout, `\n${formatTable([['SETTING', 'VALUE', 'FROM'], ...rows])}`);
  }
  const problem = findings.find((finding) => finding.problem !== undefined)?.problem;
  return problem === undefined ? EXIT.done : exitCodeOfError(problem);
}

export function addDoctorCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  addConfigFlags(program.command('doctor'))
    .summary('what is there, what is missing, how to get it')
    .description('Looks at what a run needs and says what is missing; exits with 0 when nothing is.')
    .option('--settings', 'also every setting, its value and where it comes from')
    .action((flags: ConfigFlags) => finishWith(runDoctor(flags, context)));
}
