import { format } from 'prettier';
import { z } from 'zod';
import { runResultFile } from '../../../src/recording/result.ts';
import { TRAJECTORY_VERSION, trajectoryLine } from '../../../src/recording/trajectory.ts';

/** The part of JSON Schema that our schemas come out as. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

function toSchema(type: z.ZodType): Schema {
  // A field with a default or a description of its own is written out, never by reference.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON Schema as zod makes it of our own schemas
  return z.toJSONSchema(type, { reused: 'inline' }) as Schema;
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array') return typeOf(schema.items ?? {});
  if (typeof schema.additionalProperties === 'object' && schema.properties === undefined) {
    return `${typeOf(schema.additionalProperties)} by name`;
  }
  if (schema.pattern?.startsWith('^[0-9a-f]{64}')) return 'hash';
  if (schema.format === 'date-time') return 'time';
  return [schema.type ?? 'anything'].flat().join(' or ');
}

/** The fields of an object and of the objects in it, by path. */
function rows(schema: Schema, path = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isOptional = schema.required?.includes(name) !== true;
    const inner = field.type === 'array' ? (field.items ?? {}) : field;
    const here = `${path}${name}${field.type === 'array' ? '[]' : ''}`;
    const text = [isOptional ? 'optional' : '', field.description ?? '']
      .filter((part) => part !== '')
      .join('; ');
    return [`| \`${here}\` | ${typeOf(field)} | ${text} |`, ...rows(inner, `${here}.`)];
  });
}

function table(schema: Schema): string {
  return ['| field | type | |', '| --- | --- | --- |', ...rows(schema)].join('\n');
}

const INTRODUCTION = `# Trajectories

Every run leaves a folder \`runs/<UTC time>-<short id>\`, which only its owner can read:

| file | |
| --- | --- |
| \`trajectory.jsonl\` | everything that happened, one event a line, written as it happens |
| \`frames/<sha256>.png\` | every screen that an event names, once |
| \`files/<sha256>\` | what the setup put on the desktop, where it did |
| \`result.json\` | the run in short, for machines |
| \`report.html\` | the run for a person: one file that loads nothing from anywhere |

The trajectory is format ${TRAJECTORY_VERSION}. This page is made from the schema (\`src/recording/trajectory.ts\`) by a test.

## Lines

Each line is a JSON object that ends with \`,"crc":"<8 hex digits>"}\`: the CRC-32 of the bytes of the line before that
member. So a changed byte is always noticed, and other tools can still read the lines as JSON. This framing, and
\`version\` in the first event, stay the same in every later format: a reader tells a newer file from a damaged one. A file
of an older format is upgraded as it is read (\`src/recording/upgrade.ts\`): what it lacks gets the value that it had
then.

The events are only ever added to. A frame is on disk before the first line that names it. A run that was killed has no
\`run-finished\` event and is readable up to its last whole line; so is a damaged file, up to the damage. A frame that the
disk was too slow for is left out, and a warning (\`frame-dropped\`) says so; an event that does not fit the schema is
replaced by a warning (\`unrecordable-event\`).

A run that \`deskhand runs import\` made of an export has the model \`imported\`, a warning (\`imported\`), no
\`sandbox-ready\` and no \`decision\`; its times are those of the import, its durations and tokens are 0, a pointer stands where the
last action put it, and every call that was answered has its steps, with a screen after the last of them alone
([replay.md](replay.md#what-is-kept)).

Texts from the model and from the screen are stored as they came. Whoever prints them has to make control characters
harmless first.
`;

/** docs/trajectory.md, as the schemas have it. */
export async function trajectoryDoc(): Promise<string> {
  const line = toSchema(trajectoryLine);
  const { event, ...envelope } = line.properties ?? {};
  const events = (event?.oneOf ?? event?.anyOf ?? []).map((schema) => {
    const name = String(schema.properties?.['type']?.const);
    const { type: _type, ...properties } = schema.properties ?? {};
    return `### ${name}\n\n${schema.description ?? ''}\n\n${table({ ...schema, properties })}\n`;
  });
  const parts = [
    INTRODUCTION,
    table({
      ...line,
      properties: { ...envelope, event: { type: 'object', description: 'one of the events below' } },
    }),
    '\n## Events\n',
    ...events,
    '## result.json\n',
    'Made from the trajectory when the run is over; it can be made again at any time.\n',
    table(toSchema(runResultFile)),
  ];
  return await format(parts.join('\n'), { parser: 'markdown', printWidth: 110 });
}
