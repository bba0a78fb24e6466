import { RegistryError } from '../../errors.ts';
import type { JsonApp } from '../json-app.ts';
import { NOTHING_HERE, page } from './page.ts';

/** Pages load nothing, and nothing can be put into them. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

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
      reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      reply.type('text/html; charset=utf-8');
      return page(app.swagger());
    },
  );

  app.get(
    '/',
    {
      schema: { summary: 'Leads a browser to the console; 404 for other clients', tags: ['docs'] },
      config: { needs: 'anyone' },
    },
    (request, reply) => {
      reply.header('Vary', 'Accept');
      if (!request.headers.accept?.includes('text/html'))
        throw new RegistryError('NOT_FOUND', { message: NOTHING_HERE });
      return reply.redirect('/console/');
    },
  );
};
