import { RegistryError } from '../../errors.ts';
import { BuildProblem } from '../../wire/problem.ts';
import type { JsonApp } from '../json-app.ts';

/** POST /api/v1/builds, IBM's until 2021. Nothing is built here; a caller who is logged in is told so. */
export const buildRoutes = (app: JsonApp): void => {
  const discontinued = async (): Promise<never> => {
    throw new RegistryError('BUILDS_DISCONTINUED');
  };
  app.post(
    '/api/v1/builds',
    {
      schema: {
        summary: 'Build an image: always refused',
        tags: ['registry'],
        response: { 410: { ...BuildProblem, description: 'Nothing is built here' } },
      },
      config: { needs: 'signed-in' },
      // behind the door's own hook, and before the files that are to be built are read
      onRequest: discontinued,
    },
    discontinued,
  );
};
