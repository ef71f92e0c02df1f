/** Doubles for tests of code that uses deskhand. */
export * from './fake-display.ts';
export * from './fake-driver.ts';
export * from './manual-clock.ts';
export * from './memory-recorder.ts';
export * from './scripted-model.ts';
