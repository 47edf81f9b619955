/** Is this process alive, started, able to serve? Each question has its own answer, since orchestrators act on them differently. */
import type { ReadyView, StatusView } from './schema.ts';

export interface HealthDeps {
  readonly version: string;
  readonly environment: string;
  readonly role: string;
  readonly region: string;
  /** By name: resolves while the part works, rejects when it does not. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** By name: what stands behind a part (`sqlite`, `embedded`, `disk`). No addresses: this is public. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface HealthService {
  /** Checks every part at once, each for at most a second. */
  ready(): Promise<ReadyView>;
  isStarted(): boolean;
  status(): Promise<StatusView>;
  /** The process serves from now on. */
  markStarted(): void;
  /** The process stops: readiness turns false at once, while running requests go on. */
  markDraining(): void;
}

const CHECK_TIMEOUT_MS = 1_000;

type CheckView = ReadyView['checks'][string];

async function runCheck(check: () => Promise<unknown>): Promise<CheckView> {
  const startedAtMs = performance.now();
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The check took too long')), CHECK_TIMEOUT_MS);
  const isUp = await Promise.race([Promise.resolve().then(check), timeout]).then(
    () => true,
    () => false,
  );
  clearTimeout(timer);
  const durationMs = Math.round((performance.now() - startedAtMs) * 10) / 10;
  return { status: isUp ? 'up' : 'down', durationMs };
}

export function createHealthService(deps: HealthDeps): HealthService {
  const startedAt = new Date();
  let isStarted = false;
  let isDraining = false;
  /** Probes that come together share one round of checks. */
  let running: Promise<ReadyView['checks']> | undefined;

  const runChecks = async (): Promise<ReadyView['checks']> => {
    const names = Object.keys(deps.checks);
    const results = await Promise.all(Object.values(deps.checks).map(runCheck));
    return Object.fromEntries(
      names.flatMap((name, index) => {
        const result = results[index];
        return result === undefined ? [] : [[name, result]];
      }),
    );
  };

  const ready = async (): Promise<ReadyView> => {
    running ??= runChecks().finally(() => {
      running = undefined;
    });
    const checks = await running;
    const areUp = Object.values(checks).every(({ status }) => status === 'up');
    return { status: isDraining ? 'draining' : areUp ? 'ready' : 'unavailable', checks };
  };

  return {
    ready,
    isStarted: () => isStarted,
    async status() {
      const { version, environment, role, region, parts } = deps;
      return {
        name: 'vfxb',
        version,
        environment,
        role,
        region,
        ...(await ready()),
        startedAt: startedAt.toISOString(),
        uptimeSeconds: Math.round((Date.now() - startedAt.getTime()) / 100) / 10,
        parts: { ...parts },
      };
    },
    markStarted() {
      isStarted = true;
    },
    markDraining() {
      isDraining = true;
    },
  };
}
