import { type Attributes, metrics } from '@opentelemetry/api';

/** Upper bounds of the buckets, s; those that the GenAI conventions advise, and finer ones for the desktop. */
const MODEL_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const DESKTOP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const RUN_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

/** What is measured of runs. Recording is free where no metrics SDK is registered. */
export interface RunMetrics {
  /** s; the GenAI conventions' `gen_ai.client.operation.duration`. */
  readonly modelCall: (seconds: number, attributes: Attributes) => void;
  readonly tokens: (count: number, attributes: Attributes) => void;
  readonly action: (seconds: number, attributes: Attributes) => void;
  readonly screenshot: (seconds: number, attributes: Attributes) => void;
  readonly run: (seconds: number, attributes: Attributes) => void;
}

export function createRunMetrics(): RunMetrics {
  const meter = metrics.getMeter('deskhand');
  const histogram = (name: string, unit: string, description: string, boundaries: readonly number[]) => {
    const advice = { explicitBucketBoundaries: [...boundaries] };
    const instrument = meter.createHistogram(name, { unit, description, advice });
    return (value: number, attributes: Attributes): void => instrument.record(value, attributes);
  };
  return {
    modelCall: histogram('gen_ai.client.operation.duration', 's', 'GenAI operation duration.', MODEL_SECONDS),
    tokens: histogram('gen_ai.client.token.usage', '{token}', 'Number of tokens used.', TOKENS),
    action: histogram('deskhand.action.duration', 's', 'Action, without settling.', DESKTOP_SECONDS),
    screenshot: histogram('deskhand.screenshot.duration', 's', 'Screenshot to PNG.', DESKTOP_SECONDS),
    run: histogram('deskhand.run.duration', 's', 'Whole run, desktop included.', RUN_SECONDS),
  };
}
