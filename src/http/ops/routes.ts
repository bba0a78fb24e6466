import { RegistryError } from '../../errors.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';

export interface OpsParts {
  /** Public: the OpenAPI document has it too. */
  readonly version: string;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Each throws when its engine does not answer. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  /** True once the server stops accepting. */
  readonly draining: () => boolean;
  /** The ops door has a listener of its own, and is nowhere else. */
  readonly ownListener: boolean;
  /** The account whose Administrators are the operators. */
  readonly operators: () => Promise<string | undefined>;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** /healthz (the process), /readyz (the engines), /metrics (Prometheus). */
export const opsRoutes = (app: JsonApp, parts: OpsParts): void => {
  app.addHook('onRequest', async (request) => {
    if (parts.ownListener && !request.raw.onOpsListener) throw new RegistryError('NOT_FOUND');
  });
  healthRoutes(app, parts);

  app.get(
    '/metrics',
    {
      schema: { summary: 'Prometheus metrics (operator)', tags: ['ops'] },
      config: {
        needs: {
          action: 'tidegate.metrics.get',
          on: async () => {
            const accountId = await parts.operators();
            return accountId === undefined ? undefined : { accountId };
          },
          orOnOpsListener: true,
        },
      },
    },
    async (_request, reply) => {
      reply.header('Content-Type', parts.metrics.registry.contentType);
      return parts.metrics.scrape();
    },
  );
};

/**
 * They tell nothing but up or down and the version, so loopback callers need no token. That a caller is on loopback is no proof of who asks:
 * a proxy on this machine may forward a stranger's request without saying so. What tells more asks for a right instead.
 */
const healthRoutes = (app: JsonApp, parts: OpsParts): void => {
  const localOnly = async (request: RequestHead): Promise<void> => {
    if (!parts.ownListener && !isLocal(request)) throw new RegistryError('NOT_FOUND');
  };

  app.get(
    '/healthz',
    {
      schema: { summary: 'The process answers', tags: ['ops'] },
      config: { needs: 'anyone' },
      onRequest: localOnly,
    },
    async () => ({ status: 'ok', version: parts.version }),
  );

  app.get(
    '/readyz',
    {
      schema: { summary: 'Database and blob store answer', tags: ['ops'] },
      config: { needs: 'anyone' },
      onRequest: localOnly,
    },
    async (_request, reply) => {
      const failed = parts.draining() ? ['draining'] : await failing(parts);
      if (failed.length > 0) reply.code(503);
      return { status: failed.length > 0 ? 'unavailable' : 'ok', failed };
    },
  );
};

/** A request that a proxy says it forwards is not a loopback caller's. */
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
