import { defineConfig } from 'vitest/config';

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

/** Unit and contract tests run in parallel; those that share the one engine run one file at a time. */
export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      project('unit', { testTimeout: 20_000 }),
      project('contract', { testTimeout: 30_000 }),
      project('docker', { testTimeout: 180_000, hookTimeout: 600_000, fileParallelism: false }),
      project('e2e', { testTimeout: 240_000, hookTimeout: 600_000, fileParallelism: false }),
    ],
  },
});
