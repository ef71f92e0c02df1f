import type { Command } from 'commander';
import { createDriver } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { type DeskhandError, ImageError } from '../errors.ts';
import {
  buildBrowserImage,
  ensureBrowserImage,
  inspectBrowserImage,
} from '../sandbox/docker/image/browser-image.ts';
import type { ImageProgress } from '../sandbox/docker/image/build-output.ts';
import {
  buildImage,
  type DesktopImage,
  ensureImage,
  inspectImage,
} from '../sandbox/docker/image/desktop-image.ts';
import type { DockerDriver } from '../sandbox/docker/docker-driver.ts';
import { findSnapshot } from '../sandbox/docker/image/snapshot.ts';
import { listStoredImages, pruneImages, type StoredImage } from '../sandbox/docker/image/stored-images.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, formatDuration, formatTable, printLine } from './terminal.ts';

interface BuildFlags extends ConfigFlags {
  readonly base: string;
  readonly browser?: boolean;
  readonly force?: boolean;
  readonly verbose?: boolean;
}

/** What the making of a base says before it installs something on this machine. */
const ANNOUNCEMENT = /^deskhand: /;

function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Stages and steps; with `isVerbose` also what they print. */
function progressPrinter({ stderr }: CliContext, isVerbose: boolean): (progress: ImageProgress) => void {
  return (progress) => {
    if (progress.kind === 'stage') printLine(stderr, `image: ${progress.message}`);
    else if (progress.kind === 'step') {
      const { step, steps, command } = progress;
      printLine(
        stderr,
        `image: step ${step} of ${steps}: ${command.split('\n')[0]?.slice(0, 100) ?? ''}`,
        'dim',
      );
    } else if (isVerbose || ANNOUNCEMENT.test(progress.line)) {
      printLine(stderr, `  ${progress.line}`, 'dim');
    }
  };
}

/**
 * The image to run: a snapshot's, the one that was named, or deskhand's own, which is built first when the engine does not have it.
 * @throws ImageError, EngineError; InputError when there is no such snapshot
 */
export async function provideImage(
  driver: DockerDriver,
  { sandbox: { image: named }, environment }: Pick<Config, 'sandbox' | 'environment'>,
  context: CliContext,
  fromSnapshot?: string,
): Promise<string> {
  if (fromSnapshot !== undefined) return await findSnapshot(driver.engine, fromSnapshot, context);
  if (named !== undefined) return named;
  const startedAt = performance.now();
  const onProgress = progressPrinter(context, false);
  const image = await kindOf(environment).ensure(driver.engine, { signal: context.signal, onProgress });
  if (image.isNew) {
    const took = formatDuration(performance.now() - startedAt);
    printLine(
      context.stderr,
      `image: built ${image.reference}, ${formatMegabytes(image.sizeBytes)}, in ${took}`,
    );
  }
  return image.reference;
}

export interface ImageState {
  readonly found: string;
  readonly problem?: DeskhandError;
}

/** For `doctor`: what a run would use. */
export async function describeImage(
  driver: DockerDriver,
  { sandbox: { image: named }, environment }: Pick<Config, 'sandbox' | 'environment'>,
  options: { readonly signal?: AbortSignal },
): Promise<ImageState> {
  if (named !== undefined) return { found: `${named} (named in the settings)` };
  const { name, inspect, command } = kindOf(environment);
  const image = await inspect(driver.engine, options);
  if (image?.isCurrent === true) {
    return { found: `${image.reference}, ${formatMegabytes(image.sizeBytes)}, ${image.architecture}` };
  }
  const problem = new ImageError('image-not-found', `The ${name} image of this version is not built.`, {
    hint: `Run \`${command}\`; \`deskhand run\` does so by itself.`,
  });
  return { found: image === undefined ? 'none' : `${image.reference} is of another version`, problem };
}

const kinds = {
  desktop: {
    name: 'desktop',
    command: 'deskhand image build',
    ensure: ensureImage,
    build: buildImage,
    inspect: inspectImage,
  },
  browser: {
    name: 'browser',
    command: 'deskhand image build --browser',
    ensure: ensureBrowserImage,
    build: buildBrowserImage,
    inspect: inspectBrowserImage,
  },
} as const;

function kindOf(environment: Config['environment']): (typeof kinds)[keyof typeof kinds] {
  return kinds[environment === 'browser' ? 'browser' : 'desktop'];
}

async function buildCommand(flags: BuildFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, signal, stdout } = context;
  const config = await loadConfig({ flags, env, cwd });
  await using driver = await createDriver(config, { signal });
  const onProgress = progressPrinter(context, flags.verbose === true);
  const options = { base: flags.base, signal, onProgress };
  const { build, ensure } = kinds[flags.browser === true ? 'browser' : 'desktop'];
  const image: DesktopImage = await (flags.force === true ? build : ensure)(driver.engine, options);
  printLine(stdout, `${image.reference}  ${formatMegabytes(image.sizeBytes)}  ${image.architecture}`);
  return EXIT.done;
}

async function listCommand(flags: ConfigFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, signal, stdout } = context;
  await using driver = await createDriver(await loadConfig({ flags, env, cwd }), { signal });
  const images = await listStoredImages(driver.engine, { signal });
  printLine(stdout, formatTable([['IMAGE', 'SIZE', 'AGE', 'STATE'], ...images.map(rowOf)]));
  return EXIT.done;
}

function rowOf({ references, sizeBytes, createdAtMs, state }: StoredImage): readonly string[] {
  const age = formatDuration(Date.now() - createdAtMs);
  return [references.join(', '), formatMegabytes(sizeBytes), age, state];
}

async function pruneCommand(
  flags: ConfigFlags & { readonly dryRun?: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, env, signal, stdout, stderr } = context;
  await using driver = await createDriver(await loadConfig({ flags, env, cwd }), { signal });
  const isTrial = flags.dryRun === true;
  const { removed, inUse } = await pruneImages(driver.engine, { signal, isTrial });
  for (const image of removed) printLine(stdout, rowOf(image).slice(0, 3).join('  '));
  for (const { references } of inUse) printLine(stderr, `in use, kept: ${references.join(', ')}`);
  printLine(stderr, `${removed.length} images ${isTrial ? 'would be ' : ''}removed`);
  return EXIT.done;
}

export function addImageCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const image = program.command('image').summary('the desktop image').description('The desktop image.');
  image
    .command('build')
    .description('Build the desktop image unless the engine has it.')
    .option(
      '--base <image>',
      'auto, debootstrap (made from the apt mirror of this machine, without a registry), or an image reference',
      'auto',
    )
    .option('--browser', 'the desktop with Chromium, and the desktop below it')
    .option('--force', 'build even if the engine has it')
    .option('--verbose', 'show what the steps print')
    .action((flags: BuildFlags) => finishWith(buildCommand(flags, context)));
  image
    .command('ls')
    .description('List the desktop images and snapshots that the engine keeps.')
    .action((flags: ConfigFlags) => finishWith(listCommand(flags, context)));
  image
    .command('prune')
    .description('Remove the desktop images of other versions of deskhand. Snapshots stay.')
    .option('--dry-run', 'only say which')
    .action((flags: ConfigFlags & { dryRun?: boolean }) => finishWith(pruneCommand(flags, context)));
}
