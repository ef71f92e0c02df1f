import { defineConfig } from 'vitest/config';

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

/** Without it one processor of two would be left idle. */
const onProcessors = { maxWorkers: '100%', sequence: { groupOrder: 0 } };

/** They share the one engine: one file at a time, and nothing may be left behind. */
const onEngine = {
  fileParallelism: false,
  hookTimeout: 600_000,
  globalSetup: './test/support/leftovers.ts',
};

export default defineConfig({
  test: {
    allowOnly: false,
    // Of tests that mostly wait, for what times out or is tried again: as many at once as two cores take.
    maxConcurrency: 3,
    globalSetup: './test/support/temporary-folder.ts',
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
    projects: [
      project('unit', { ...onProcessors, testTimeout: 20_000 }),
      project('contract', { ...onProcessors, testTimeout: 30_000 }),
      project('docker', { ...onEngine, sequence: { groupOrder: 1 }, testTimeout: 180_000 }),
      project('e2e', {
        ...onEngine,
        sequence: { groupOrder: 2 },
        globalSetup: ['./test/support/build-cli.ts', './test/support/leftovers.ts'],
        testTimeout: 240_000,
      }),
    ],
  },
});
