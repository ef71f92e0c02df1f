import { describe, expect, it } from 'vitest';
import { toEngineError } from '../../../../src/sandbox/docker/engine-errors.ts';

const context = { doing: 'saying hello', endpoint: 'unix:///e.sock', hasAnswered: false };

describe('toEngineError', () => {
  it.each([
    ['EACCES', 'engine-permission'],
    ['ENOENT', 'engine-not-found'],
    ['ECONNREFUSED', 'engine-unreachable'],
    ['ENOTFOUND', 'engine-unreachable'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'engine-unreachable'],
    ['EIO', 'engine-fault'],
  ])('takes %s for %s', (code, expected) => {
    const thrown = Object.assign(new Error(`connect ${code}`), { code });
    expect(toEngineError(thrown, context)).toMatchObject({ code: expected, cause: thrown });
  });

  it("tells the engine's own words when they came in a stream", () => {
    const message = '(HTTP code 500) server error - Get "https://registry/v2/": no such host ';
    const thrown = Object.assign(new Error(message), { statusCode: 500, json: null });
    expect(toEngineError(thrown, { ...context, doing: 'pulling an image' }).message).toBe(
      'The engine refused pulling an image: Get "https://registry/v2/": no such host',
    );
  });

  it('tells a full disk apart, also where the engine has no status for it', () => {
    const thrown = new Error('mkdir /var/lib/docker/x: no space left on device');
    expect(toEngineError(thrown, context)).toMatchObject({
      code: 'disk-full',
      hint: expect.stringContaining('docker system df'),
    });
  });

  it('says how to get the permission', () => {
    const thrown = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(toEngineError(thrown, context)).toMatchObject({
      message: 'No permission to use the container engine at unix:///e.sock.',
      hint: expect.stringContaining('usermod -aG docker'),
    });
  });
});
