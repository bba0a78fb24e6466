import { Type } from 'typebox';
import type { JsonApp } from '../json-app.ts';

/** GET /api/v1/messages: what IBM tells all its customers. This registry has nothing to tell, which is 204 at IBM too. */
export const messageRoutes = (app: JsonApp): void => {
  app.get(
    '/api/v1/messages',
    {
      schema: {
        summary: 'A message for every user: there is none',
        tags: ['registry'],
        response: { 204: Type.Null() },
      },
      config: { needs: 'anyone' },
    },
    async (_request, reply) => {
      reply.code(204);
    },
  );
};
