import { fileURLToPath } from 'node:url';
import { readYamlFile } from '../../config/yaml-file.ts';
import { type Policy, policySchema } from './policy-schema.ts';

/** The policy that holds where a person names no other; it is a file to read and to copy. */
export const DEFAULT_POLICY_FILE = fileURLToPath(
  new URL('../../../docs/default-policy.yaml', import.meta.url),
);

/**
 * Reads a policy file; `name` is how it is called in reports.
 * @throws InputError not-found; invalid-file with every problem by line, column and field
 */
export async function readPolicy(path: string, options: { readonly name?: string } = {}): Promise<Policy> {
  const { value } = await readYamlFile(path, { schema: policySchema, name: options.name ?? path });
  return value;
}
