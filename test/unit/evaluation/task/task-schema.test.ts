import { expect, test } from 'vitest';
import { format, resolveConfig } from 'prettier';
import { configJsonSchema } from '../../../../src/config/settings.ts';
import { suiteJsonSchema } from '../../../../src/evaluation/suite/suite-schema.ts';
import { taskJsonSchema } from '../../../../src/evaluation/task/task-schema.ts';

/** Written anew by `npx vitest run --project unit test/unit/evaluation/task/task-schema.test.ts -u`. */
async function asFile(schema: Record<string, unknown>): Promise<string> {
  const style = await resolveConfig(import.meta.filename);
  return await format(JSON.stringify(schema), { ...style, parser: 'json' });
}

test('docs/task.schema.json is what the code reads', async () => {
  await expect(await asFile(taskJsonSchema())).toMatchFileSnapshot('../../../../docs/task.schema.json');
});

test('docs/config.schema.json is what the code reads', async () => {
  await expect(await asFile(configJsonSchema())).toMatchFileSnapshot('../../../../docs/config.schema.json');
});

test('docs/suite.schema.json is what the code reads', async () => {
  await expect(await asFile(suiteJsonSchema())).toMatchFileSnapshot('../../../../docs/suite.schema.json');
});
