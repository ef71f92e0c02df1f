import type { Recorder } from '../recording/recorder.ts';
import type { Sandbox } from '../sandbox/sandbox-driver.ts';

/** A desktop that asks without end must not fill the trajectory. */
const MAX_WARNINGS = 200;

/** Records what a sandbox was refused to reach, once for each host, port and reason. */
export function recordRefusals(sandbox: Sandbox, recorder: Recorder): void {
  const seen = new Set<string>();
  sandbox.onEgress(({ method, host, port, decision, reason }) => {
    const key = `${host}:${port} ${reason}`;
    if (decision === 'allowed' || seen.has(key) || seen.size > MAX_WARNINGS) return;
    seen.add(key);
    const message =
      seen.size > MAX_WARNINGS
        ? `${MAX_WARNINGS} other requests to leave the sandbox were refused; no more are recorded.`
        : `${method} ${host}:${port} was refused: ${reason}.`;
    recorder.record({ type: 'warning', code: 'egress-refused', message });
  });
}
