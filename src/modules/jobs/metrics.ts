/** Figures about jobs for Prometheus. */
import type { Metrics } from '../../platform/telemetry/metrics.ts';
import type { Jobs } from './jobs.ts';

/** Registers the figures; call it once. */
export function registerJobMetrics(metrics: Metrics, jobs: Pick<Jobs, 'backlog' | 'counters'>): void {
  metrics.gauge(
    {
      name: 'job_stream_entries',
      help: 'Jobs on a stream, waiting or with a worker',
      labels: ['job_region', 'queue', 'lane'],
    },
    async () => {
      const { streams } = await jobs.backlog();
      return streams.map(({ region, queue, lane, length }) => ({
        value: length,
        labels: { job_region: region, queue, lane },
      }));
    },
  );
  metrics.gauge({ name: 'job_reports_waiting', help: 'Worker reports not yet applied' }, async () => {
    const { events } = await jobs.backlog();
    return [{ value: events }];
  });
  metrics.gauge(
    {
      name: 'job_moves',
      help: 'What this process counted since its start: reports looked at, ignored, ends, dispatches',
      labels: ['move'],
    },
    () => Object.entries(jobs.counters).map(([move, value]) => ({ value, labels: { move } })),
  );
}
