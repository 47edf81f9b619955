/** Figures for Prometheus. One registry a process; whoever owns a figure registers it here under the prefix `vfxb_`. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

interface Named {
  /** Without the prefix, with its unit last: `jobs_waiting`, `render_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

type Labels = Readonly<Record<string, string | number>>;

export interface Metrics {
  /** Counts what only grows. Returns the function that adds (1 unless told). */
  counter(figure: Named): (labels?: Labels, by?: number) => void;
  /** Reads a level each time the metrics are asked for. A read that fails leaves the level out. */
  gauge(figure: Named, read: () => Promise<readonly Level[]> | readonly Level[]): void;
  /** Distribution of durations in seconds. Returns the function that notes one. */
  durations(figure: Named, bucketsSeconds?: readonly number[]): (seconds: number, labels?: Labels) => void;
  /** One served request, by matched route (never by URL: ids would make endless series). */
  readonly observeRequest: (served: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
  }) => void;
  /** The exposition text and its content type. */
  read(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface Level {
  readonly value: number;
  readonly labels?: Labels;
}

const PREFIX = 'vfxb_';
const REQUEST_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LAG_INTERVAL_MS = 500;

/** How late a timer fires: the one figure that shows a blocked event loop. */
function watchEventLoopLag(registry: Registry): void {
  let dueAtMs = performance.now() + LAG_INTERVAL_MS;
  let worstSeconds = 0;
  setInterval(() => {
    const nowMs = performance.now();
    worstSeconds = Math.max(worstSeconds, (nowMs - dueAtMs) / 1000);
    dueAtMs = nowMs + LAG_INTERVAL_MS;
  }, LAG_INTERVAL_MS).unref();
  const gauge = new Gauge({
    name: `${PREFIX}event_loop_lag_max_seconds`,
    help: 'Worst lateness of a timer since the metrics were last read',
    registers: [],
    collect() {
      this.set(worstSeconds);
      worstSeconds = 0;
    },
  });
  registry.registerMetric(gauge);
}

export function createMetrics(process: { readonly role: string; readonly region: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role: process.role, region: process.region });
  collectDefaultMetrics({ register: registry });
  watchEventLoopLag(registry);

  const named = ({ name, help, labels = [] }: Named) => ({
    name: PREFIX + name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const durations: Metrics['durations'] = (figure, bucketsSeconds = REQUEST_BUCKETS_SECONDS) => {
    const histogram = new Histogram({ ...named(figure), buckets: [...bucketsSeconds] });
    return (seconds, labels = {}) => histogram.observe(labels, seconds);
  };
  const noteRequest = durations({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to its answer',
    labels: ['method', 'route', 'status'],
  });

  return {
    counter(figure) {
      const counter = new Counter(named(figure));
      return (labels = {}, by = 1) => counter.inc(labels, by);
    },
    gauge(figure, read) {
      const gauge = new Gauge({
        ...named(figure),
        registers: [],
        async collect() {
          this.reset();
          const levels = await Promise.resolve()
            .then(read)
            .catch((): readonly Level[] => []);
          for (const { value, labels = {} } of levels) this.set(labels, value);
        },
      });
      registry.registerMetric(gauge);
    },
    durations,
    observeRequest: ({ method, route, status, durationMs }) =>
      noteRequest(durationMs / 1000, { method: knownMethod(method), route, status }),
    read: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A caller can invent methods; each would be a series of its own. */
const knownMethod = (method: string): string => (METHODS.has(method) ? method : 'other');
