import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StartWatch } from '../../../../src/sandbox/docker/start-watch.ts';
import { frame } from './frame.ts';

function watch(): { stream: PassThrough; watched: StartWatch; phases: string[] } {
  const stream = new PassThrough();
  const phases: string[] = [];
  return { stream, phases, watched: new StartWatch(stream, (phase) => phases.push(phase)) };
}

describe('StartWatch', () => {
  it('reports the phases as they come, and the desktop when panel and desktop are there', async () => {
    const { stream, watched, phases } = watch();
    stream.write(frame('stderr', 'Xvnc TigerVNC 1.12.0\n'));
    stream.write(frame('stdout', 'deskhand phase=xvnc ms=50\ndeskhand phase=window-man'));
    stream.write(frame('stdout', 'ager ms=500\ndeskhand phase=desktop ms=520\n'));
    stream.write(frame('stdout', 'deskhand phase=panel ms=530\n'));
    expect(await watched.isDrawn).toBe(true);
    expect(phases).toEqual(['xvnc', 'window-manager', 'desktop', 'panel']);
  });

  it('does not take the words of a program for a phase', async () => {
    const { stream, watched, phases } = watch();
    stream.write(frame('stdout', 'deskhand phase=coffee ms=1\nsaid: deskhand phase=panel ms=1\n'));
    stream.end();
    expect(await watched.isDrawn).toBe(false);
    expect(phases).toEqual([]);
  });

  it('keeps the last lines of both streams, also one without an end', async () => {
    const { stream, watched } = watch();
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index}\n`);
    stream.write(frame('stdout', lines.join('')));
    stream.end(frame('stderr', 'cannot open display'));
    expect(await watched.isDrawn).toBe(false);
    expect(watched.log.split('\n').slice(-3)).toEqual(['line 58', 'line 59', 'cannot open display']);
    expect(watched.log.split('\n')).toHaveLength(41);
  });

  it('says that the desktop is not drawn when the connection breaks', async () => {
    const { stream, watched } = watch();
    stream.destroy(new Error('reset'));
    expect(await watched.isDrawn).toBe(false);
  });
});
