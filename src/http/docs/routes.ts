import type { JsonApp } from '../json-app.ts';
import { page } from './page.ts';

/** /api/openapi.json and, for people, /api/doc: what the JSON doors answer, made from the schemas they validate with. */
export const docRoutes = (app: JsonApp): void => {
  app.get(
    '/api/openapi.json',
    { schema: { summary: 'This description as OpenAPI 3.1', tags: ['docs'] }, config: { needs: 'anyone' } },
    async () => app.swagger(),
  );

  app.get(
    '/api/doc',
    { schema: { summary: 'This description as a page', tags: ['docs'] }, config: { needs: 'anyone' } },
    async (_request, reply) => {
      reply.header(
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      );
      reply.type('text/html; charset=utf-8');
      return page(app.swagger());
    },
  );
};
