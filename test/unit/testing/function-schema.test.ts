import { expect, test } from 'vitest';
import { parseRequest } from '../../../src/testing/responses-server/request-schema.ts';

const parameters = {
  type: 'object',
  properties: { command: { type: 'string' } },
  required: ['command'],
  additionalProperties: false,
};
const offered = { type: 'function', name: 'shell', parameters, strict: true };

function parse(tool: object): unknown {
  return parseRequest({ model: 'gpt-5.4', input: 'Hello.', tools: [tool] }).tools;
}

test.each([
  offered,
  { ...offered, strict: false, parameters: { type: 'object', properties: { a: {} } } },
  { ...offered, parameters: null },
])('takes the function %j', (tool) => {
  expect(parse(tool)).toEqual([tool]);
});

test.each([
  [
    { ...offered, name: 'my shell' },
    "Invalid 'tools[0].name': expected a string of letters, digits, '_' and '-', at most 64.",
    'invalid_value',
  ],
  [
    { ...offered, parameters: { type: 'string' } },
    `Invalid schema for function 'shell': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'.`,
    'invalid_function_parameters',
  ],
  [
    { ...offered, parameters: { type: 'object', properties: {} } },
    "Invalid schema for function 'shell': In context=(), 'additionalProperties' is required to be supplied and to be false.",
    'invalid_function_parameters',
  ],
  [
    { ...offered, parameters: { ...parameters, required: [] } },
    "Invalid schema for function 'shell': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'command'.",
    'invalid_function_parameters',
  ],
  [
    { ...offered, strict: undefined },
    "Missing required parameter: 'tools[0].strict'.",
    'missing_required_parameter',
  ],
])('refuses the function %j', (tool, message, code) => {
  expect(() => parse(tool)).toThrow(
    expect.objectContaining({
      status: 400,
      body: { error: expect.objectContaining({ message, code, type: 'invalid_request_error' }) },
    }),
  );
});
