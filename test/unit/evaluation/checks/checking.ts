import { z } from 'zod';
import type { CheckResult } from '../../../../src/agent/run-ports.ts';
import { parseYaml } from '../../../../src/config/yaml-file.ts';
import type { CheckContext } from '../../../../src/evaluation/checks/check.ts';
import { checkSchema } from '../../../../src/evaluation/checks/check-schema.ts';
import { runChecks } from '../../../../src/evaluation/checks/run-checks.ts';
import { fakeScreenshot } from '../../../../src/testing/fake-display.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';

type Partly = Pick<CheckContext, 'sandbox'> & Partial<CheckContext>;

/** Does checks as they are written in a task file. */
export async function check(yaml: string, context: Partly): Promise<readonly CheckResult[]> {
  const { value } = parseYaml(yaml, { file: 'checks.yaml', schema: z.array(checkSchema) });
  return await runChecks(value, {
    screenshot: async () => fakeScreenshot('end', { width: 1024, height: 768 }),
    readScreen: async () => [],
    readContent: async () => await Promise.reject(new Error('no file is read here')),
    assets: new Map(),
    finalMessage: undefined,
    allowsHostScripts: false,
    clock: new ManualClock(),
    ...context,
  });
}

/** `passed: …` of the first check. */
export async function outcome(yaml: string, context: Partly): Promise<string> {
  const [only] = await check(yaml, context);
  return `${only?.result}: ${only?.detail}`;
}
