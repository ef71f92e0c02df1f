import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** The OpenTelemetry SDK with a collector in memory, registered as an application registers it. */
export class Collector implements AsyncDisposable {
  readonly #spans = new InMemorySpanExporter();
  readonly #points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #tracers = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: this.#spans })],
  });
  readonly #meters = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: this.#points })],
  });

  constructor() {
    trace.setGlobalTracerProvider(this.#tracers);
    metrics.setGlobalMeterProvider(this.#meters);
  }

  get spans() {
    return this.#spans.getFinishedSpans();
  }

  /** `parent > child` for every span, in the order in which they ended; the root has no parent. */
  get tree(): readonly string[] {
    const names = new Map(this.spans.map((span) => [span.spanContext().spanId, span.name]));
    return this.spans.map(({ name, parentSpanContext }) =>
      parentSpanContext === undefined ? name : `${names.get(parentSpanContext.spanId)} > ${name}`,
    );
  }

  span(name: string) {
    const found = this.spans.find((span) => span.name === name);
    if (found === undefined) throw new Error(`There is no span ${name}, but: ${this.tree.join(', ')}`);
    return found;
  }

  /** Every histogram's points: attributes, count and sum. */
  async histograms() {
    await this.#meters.forceFlush();
    const collected =
      this.#points
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    return Object.fromEntries(
      collected.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => {
          if (typeof value === 'number') throw new Error(`${descriptor.name} is no histogram.`);
          return { attributes, count: value.count, sum: value.sum };
        }),
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    trace.disable();
    metrics.disable();
    await this.#tracers.shutdown();
    await this.#meters.shutdown();
  }
}
