import { RegistryError } from '../../errors.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';

export interface OpsParts {
  readonly metrics: Metrics;
  readonly log: Log;
  /** Each throws when its engine does not answer. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  /** True once the server stops accepting. */
  readonly draining: () => boolean;
  /** The ops door has a listener of its own; else it is on the main one, for loopback callers only. */
  readonly ownListener: boolean;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** /healthz (the process), /readyz (the engines), /metrics (Prometheus). */
export const opsRoutes = (app: JsonApp, parts: OpsParts): void => {
  app.addHook('onRequest', async (request) => {
    const allowed = parts.ownListener ? request.raw.onOpsListener : isLocal(request);
    if (!allowed) throw new RegistryError('NOT_FOUND');
  });

  app.get(
    '/healthz',
    { schema: { summary: 'The process answers', tags: ['ops'] }, config: { needs: 'anyone' } },
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    { schema: { summary: 'Database and blob store answer', tags: ['ops'] }, config: { needs: 'anyone' } },
    async (_request, reply) => {
      const failed = parts.draining() ? ['draining'] : await failing(parts);
      if (failed.length > 0) reply.code(503);
      return { status: failed.length > 0 ? 'unavailable' : 'ok', failed };
    },
  );

  app.get(
    '/metrics',
    { schema: { summary: 'Prometheus metrics', tags: ['ops'] }, config: { needs: 'anyone' } },
    async (_request, reply) => {
      reply.header('Content-Type', parts.metrics.registry.contentType);
      return parts.metrics.registry.metrics();
    },
  );
};

/** A proxy on this machine speaks for somebody elsewhere: what it forwards is not a loopback caller. */
const isLocal = (request: RequestHead): boolean =>
  LOOPBACK.test(request.raw.socket.remoteAddress ?? '') &&
  request.headers['x-forwarded-for'] === undefined &&
  request.headers.forwarded === undefined;

const failing = async ({ checks, log }: OpsParts): Promise<string[]> => {
  const failed: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
    } catch (err) {
      log.error({ check: name, err }, 'not ready');
      failed.push(name);
    }
  }
  return failed;
};
