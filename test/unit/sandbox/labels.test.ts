import { describe, expect, it } from 'vitest';
import { parseLabels, toLabels } from '../../../src/sandbox/labels.ts';

const owned = {
  runId: 'run-1',
  owner: { pid: 42, start: 'boot/7', host: 'abc' },
  createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  expiresAtMs: Date.UTC(2026, 0, 2, 4, 4, 5),
  vncFolder: '/run/deskhand/run-1/vnc',
};

describe('labels', () => {
  it('are written as text that people can read', () => {
    expect(toLabels(owned)).toEqual({
      'deskhand.run': 'run-1',
      'deskhand.created': '2026-01-02T03:04:05.000Z',
      'deskhand.expires': '2026-01-02T04:04:05.000Z',
      'deskhand.owner.pid': '42',
      'deskhand.owner.start': 'boot/7',
      'deskhand.owner.host': 'abc',
      'deskhand.vnc.folder': '/run/deskhand/run-1/vnc',
    });
  });

  it.each([owned, { ...owned, owner: undefined, vncFolder: undefined }])(
    'are read as they were written',
    (labels) => {
      expect(parseLabels(toLabels(labels))).toEqual(labels);
    },
  );

  it('of other containers are none', () => {
    expect(parseLabels({ maintainer: 'somebody' })).toBeUndefined();
  });

  it('that cannot be read name no owner and never expire', () => {
    const labels = { 'deskhand.run': 'r', 'deskhand.owner.pid': '-1', 'deskhand.expires': 'soon' };
    expect(parseLabels(labels)).toEqual({
      runId: 'r',
      owner: undefined,
      createdAtMs: 0,
      expiresAtMs: Number.MAX_SAFE_INTEGER,
      vncFolder: undefined,
    });
  });
});
