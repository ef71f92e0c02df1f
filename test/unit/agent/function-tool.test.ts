import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAskUserFunction } from '../../../src/agent/functions/ask-user-function.ts';
import { defineFunction, type FunctionTool } from '../../../src/agent/functions/function-tool.ts';
import { createShellFunction } from '../../../src/agent/functions/shell-function.ts';
import { isStrictSchema } from '../../../src/agent/functions/strict-schema.ts';
import { SandboxError } from '../../../src/errors.ts';
import type { SandboxSpec } from '../../../src/sandbox/sandbox-driver.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeSandbox } from '../../../src/testing/fake-driver.ts';
import { parseRequest } from '../../../src/testing/responses-server/request-schema.ts';

const SPEC: SandboxSpec = {
  runId: 'run-1',
  display: { width: 100, height: 100 },
  network: 'none',
  memoryBytes: 1,
  cpus: 1,
  pidsLimit: 1,
  expiresInMs: 1,
};

const context = () => {
  const sandbox = new FakeSandbox(SPEC, 1);
  const desktop = { sandbox, display: new FakeDisplay() };
  return { sandbox, given: { desktop, signal: new AbortController().signal } };
};

const add = defineFunction({
  name: 'add',
  description: 'Adds.',
  parameters: z.object({ a: z.number(), b: z.number().describe('the other') }),
  run: ({ a, b }) => ({ sum: a + b }),
});

describe('a function', () => {
  it('is declared by a zod object, closed and strict', () => {
    expect(add.declaration).toEqual({
      name: 'add',
      description: 'Adds.',
      parameters: {
        type: 'object',
        properties: { a: { type: 'number' }, b: { type: 'number', description: 'the other' } },
        required: ['a', 'b'],
        additionalProperties: false,
      },
      strict: true,
    });
  });

  it('is declared by JSON Schema as it is, and its arguments are checked by it', () => {
    const parameters = { type: 'object', properties: { n: { type: 'integer' } } } as const;
    const tool = defineFunction({ name: 'f', description: '', parameters, run: () => 'x' });
    expect(tool.declaration).toMatchObject({ parameters, strict: false });
    expect(tool.parse({ n: 3 })).toEqual({ n: 3 });
    expect(() => tool.parse({ n: 'three' })).toThrow('Its arguments do not fit: n: ');
  });

  it('gives a result that is not a text as JSON', async () => {
    expect(await add.run(add.parse({ a: 1, b: 2 }), context().given)).toBe('{"sum":3}');
    const nothing = defineFunction({
      name: 'f',
      description: '',
      parameters: z.object({}),
      run: () => undefined,
    });
    expect(await nothing.run({}, context().given)).toBe('Done.');
  });

  it.each([
    [{ a: 1 }, 'Its arguments do not fit: b: '],
    ['text', 'Its arguments do not fit: arguments: '],
    [undefined, 'Its arguments do not fit: arguments: '],
  ])('refuses the arguments %j', (given, message) => {
    expect(() => add.parse(given)).toThrow(
      expect.objectContaining({ code: 'invalid-action', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    ['my function', { type: 'object' }, '"my function" is no name of a function.'],
    ['f', { type: 'object', properties: { a: { type: 'hologram' } } }, 'parameters of the function "f"'],
  ] as const)('named %j is refused with what is wrong', (name, parameters, message) => {
    const define = (): FunctionTool => defineFunction({ name, description: '', parameters, run: () => '' });
    expect(define).toThrow(message);
  });

  it.each([
    [{ type: 'object', properties: {}, additionalProperties: false }, true],
    [{ type: 'object', properties: {} }, false],
    [{ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }, false],
    [closed({ a: { type: 'string', minLength: 1 } }), false],
    [closed({ a: closed({ b: { anyOf: [{ type: 'string' }, { type: 'null' }] } }) }), true],
    [closed({ a: { type: 'array', items: { type: 'object' } } }), false],
    [closed({ not: { type: 'string' } }), true],
  ])('whether %j may be strict: %j', (schema, expected) => {
    expect(isStrictSchema(schema)).toBe(expected);
  });
});

function closed(properties: Readonly<Record<string, unknown>>): object {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

it('the functions that come with deskhand are declared as a strict server takes them', () => {
  const tools = [createShellFunction(), createAskUserFunction()].map(({ declaration }) => ({
    type: 'function',
    ...declaration,
  }));
  expect(parseRequest({ model: 'm', input: 'x', tools }).tools).toEqual(tools);
  expect(tools.map(({ strict }) => strict)).toEqual([true, true]);
});

describe('shell', () => {
  it('gives the exit code and both outputs, without the middle of a long one', async () => {
    const { sandbox, given } = context();
    sandbox.onExec = () => ({
      exitCode: 3,
      stdout: Buffer.from('0123456789'.repeat(3)),
      stderr: Buffer.from('no'),
    });
    const shell = createShellFunction({ outputLimit: 8 });
    expect(await shell.run({ command: 'ls' }, given)).toBe(
      'exit code 3\nstdout:\n0123\n[… 22 characters left out …]\n6789\nstderr:\nno',
    );
    expect(sandbox.executed).toEqual([['/bin/sh', '-c', 'ls']]);
  });

  it('fails with what the sandbox says of a command that was killed', async () => {
    const { sandbox, given } = context();
    sandbox.onExec = () => {
      throw new SandboxError('exec-failed', '/bin/sh did not end within 60000 ms and was killed.');
    };
    await expect(createShellFunction().run({ command: 'sleep 999' }, given)).rejects.toMatchObject({
      code: 'function-failed',
      message: '/bin/sh did not end within 60000 ms and was killed.',
    });
  });
});

describe('ask_user', () => {
  it('gives the answer', async () => {
    const asked: string[] = [];
    const tool = createAskUserFunction({
      ask: async (question) => {
        asked.push(question);
        return 'The blue one.';
      },
    });
    expect(await tool.run({ question: 'Which?' }, context().given)).toBe('{"answer":"The blue one."}');
    expect(asked).toEqual(['Which?']);
  });

  it('says so where nobody is there', async () => {
    const output = await createAskUserFunction().run({ question: 'Which?' }, context().given);
    expect(output).toContain('Nobody is there to answer.');
  });

  it('fails when the person leaves', async () => {
    const tool = createAskUserFunction({ ask: () => Promise.resolve(undefined) });
    await expect(tool.run({ question: 'Which?' }, context().given)).rejects.toMatchObject({
      code: 'function-failed',
    });
  });
});
