/** Seconds that a second Ctrl-C waits for the desktop to be removed before the process ends. */
const FORCE_AFTER_MS = 3000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal says stop: the run ends in an orderly way. The second ends the process: at once when nothing
 * is left to remove, and in any case after a few seconds.
 */
export function listenForStop(process: NodeJS.Process, onSecond: () => void): AbortSignal {
  const stop = new AbortController();
  const hear = (name: NodeJS.Signals): void => {
    if (!stop.signal.aborted) {
      stop.abort(`stopped by ${name}`);
      return;
    }
    onSecond();
    setTimeout(() => process.exit(130), FORCE_AFTER_MS).unref();
  };
  for (const name of SIGNALS) process.on(name, hear);
  // Whoever read our output is gone (`deskhand run … | head`), or the terminal is: there is nobody to work for.
  const hearLoss = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    stop.abort('stopped, because nobody reads the output any more');
  };
  for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', hearLoss);
  return stop.signal;
}
