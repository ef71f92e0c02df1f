/** The keywords that the API takes with `strict`. Source: OpenAI guide, Structured Outputs, supported schemas. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'type description title enum const anyOf $ref $defs properties required additionalProperties items ' +
    'minItems maxItems pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf'
  ).split(' '),
);

/** Whether a JSON Schema may be sent with `strict`: every object in it is closed and asks for all of its fields. */
export function isStrictSchema(schema: unknown): boolean {
  if (!isObject(schema) || !Object.keys(schema).every((keyword) => KEYWORDS.has(keyword))) return false;
  const { type, properties = {}, $defs = {}, anyOf = [], items, required } = schema;
  if (!isObject(properties) || !isObject($defs) || !Array.isArray(anyOf)) return false;
  const asksFor = (name: string): boolean => Array.isArray(required) && required.includes(name);
  const isClosed = schema['additionalProperties'] === false && Object.keys(properties).every(asksFor);
  if (type === 'object' && !isClosed) return false;
  const inner = [...Object.values(properties), ...Object.values($defs), ...anyOf, ...(items ? [items] : [])];
  return inner.every(isStrictSchema);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
