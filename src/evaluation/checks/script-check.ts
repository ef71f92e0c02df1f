import { dirname } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { assetName } from '../task/asset-schema.ts';
import { downloadSchema } from '../task/download-schema.ts';
import {
  type CheckContext,
  commonFields,
  DEFAULT_CHECK_TIMEOUT_MS,
  failed,
  type Finding,
  passed,
  requireAsset,
} from './check.ts';
import { showText } from './text-rule.ts';

export const scriptCheck = z
  .strictObject({
    script: assetName.meta({
      description: 'A script beside the task file, with a first line such as #!/bin/sh.',
    }),
    on: z.enum(['sandbox', 'host']).default('sandbox').meta({
      description: 'Where it runs. On the host only with --allow-host-scripts.',
    }),
    arguments: z.array(z.string()).default([]),
    downloads: z.array(downloadSchema).default([]).meta({
      description:
        'From the web, written into the sandbox before the script runs: the model never sees them.',
    }),
    ...commonFields,
  })
  .refine(({ on, downloads }) => on === 'sandbox' || downloads.length === 0, {
    error: 'downloads are for a script in the sandbox',
    path: ['downloads'],
  })
  .transform((check) => ({ kind: 'script' as const, ...check }));

type ScriptCheck = z.output<typeof scriptCheck>;

interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Exit code 0 is passed and 1 is failed; whatever else the script ends with is a fault of the script. */
export async function findByScript(check: ScriptCheck, context: CheckContext): Promise<Finding> {
  const said = check.on === 'host' ? await runOnHost(check, context) : await runInSandbox(check, context);
  const detail = said.stdout.trim() || said.stderr.trim();
  const shown = `${check.script} said ${showText(detail)}`;
  const score = scoreIn(said.stdout);
  if (said.exitCode === 0) return passed(shown);
  if (said.exitCode === 1) return score === undefined ? failed(shown) : { ...failed(shown), score };
  throw new Error(
    `${check.script} ended with exit code ${said.exitCode ?? 'none'}; it said ${showText(detail)}`,
  );
}

/** A line `score: 0.5` gives partial credit to a script that failed. */
function scoreIn(stdout: string): number | undefined {
  const score = Number(/^score: (?<score>[\d.]+)$/m.exec(stdout)?.groups?.['score'] ?? NaN);
  return score >= 0 && score <= 1 ? score : undefined;
}

const PLACE = '/tmp/deskhand-check';
const SHEBANG = /^#!\s*(?<line>\S.*)\n/;

async function runInSandbox(check: ScriptCheck, context: CheckContext): Promise<Said> {
  const { sandbox, signal } = context;
  const { content } = requireAsset(context, check.script);
  const files = check.downloads.map(({ url, path, mode = 0o644 }) => ({
    path,
    content: requireAsset(context, url).content,
    mode,
  }));
  await sandbox.writeFiles([{ path: PLACE, content, mode: 0o700 }, ...files], { signal });
  // /tmp is mounted without leave to execute, so its interpreter is named.
  const line = SHEBANG.exec(Buffer.from(content).toString('utf8'))?.groups?.['line'] ?? '/bin/sh';
  const argv = [...line.trim().split(/\s+/), PLACE, ...check.arguments];
  const timeoutMs = check.timeout ?? DEFAULT_CHECK_TIMEOUT_MS;
  const { exitCode, stdout, stderr } = await sandbox.exec(argv, { signal, timeoutMs });
  return { exitCode, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

async function runOnHost(check: ScriptCheck, context: CheckContext): Promise<Said> {
  if (!context.allowsHostScripts) {
    throw new Error(`${check.script} runs on this machine, which nobody has allowed (--allow-host-scripts)`);
  }
  const { path } = requireAsset(context, check.script);
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const { exitCode, stdout, stderr, timedOut } = await execa(path, check.arguments, {
    cwd: dirname(path),
    env: { PATH, HOME, DOCKER_HOST, DESKHAND_SANDBOX: context.sandbox.name },
    extendEnv: false,
    reject: false,
    timeout: check.timeout ?? DEFAULT_CHECK_TIMEOUT_MS,
    forceKillAfterDelay: 1000,
    ...(context.signal === undefined ? {} : { cancelSignal: context.signal }),
  });
  if (timedOut) throw new Error(`${check.script} took longer than its time`);
  return { exitCode, stdout, stderr };
}
