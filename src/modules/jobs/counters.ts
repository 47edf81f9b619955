/** What the jobs module has counted since the process started; for metrics and for finding out why at three in the morning. */
export interface JobCounters {
  /** Worker reports looked at. */
  events: number;
  /** Reports that came after the job's end. */
  ended: number;
  /** Reports with an old fence. */
  stale: number;
  /** Reports of jobs that are not in the database, or of dispatches that never were. */
  unknown: number;
  completed: number;
  failed: number;
  retried: number;
  /** Reports that could not be applied and were put aside. */
  dead: number;
  /** Jobs put on a stream. */
  dispatched: number;
  /** Jobs that Redis had forgotten and that were dispatched anew. */
  recovered: number;
}

export function createJobCounters(): JobCounters {
  return {
    events: 0,
    ended: 0,
    stale: 0,
    unknown: 0,
    completed: 0,
    failed: 0,
    retried: 0,
    dead: 0,
    dispatched: 0,
    recovered: 0,
  };
}
