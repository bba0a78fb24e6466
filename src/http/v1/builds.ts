import { RegistryError } from '../../errors.ts';
import type { JsonApp } from '../json-app.ts';

/** POST /api/v1/builds, IBM's until 2021. Nothing is built here; a caller who is logged in is told so. */
export const buildRoutes = (app: JsonApp): void => {
  const discontinued = async (): Promise<never> => {
    throw new RegistryError('BUILDS_DISCONTINUED');
  };
  app.post(
    '/api/v1/builds',
    {
      schema: { summary: 'Build an image: always refused with 410', tags: ['registry'] },
      config: { needs: 'signed-in' },
      // behind the door's own hook, and before the files that are to be built are read
      onRequest: discontinued,
    },
    discontinued,
  );
};
