import type { Bodies } from './bodies.ts';
import type { JsonApp, JsonRequest } from './json-app.ts';

/** Token requests are small; a body beyond this is refused before it is read. */
export const FORM_LIMIT = 32 << 10;

/** Lets routes of this instance receive application/x-www-form-urlencoded bodies as URLSearchParams, and nothing else. */
export const acceptForms = (app: JsonApp, bodies: Bodies): void => {
  app.removeAllContentTypeParsers();
  acceptFormsToo(app, bodies);
};

/** The same beside what the instance receives otherwise. */
export const acceptFormsToo = (app: JsonApp, bodies: Bodies): void => {
  app.addContentTypeParser('application/x-www-form-urlencoded', async (request: JsonRequest) => {
    const bytes = await bodies.read(request.raw, { bytes: FORM_LIMIT, refusal: 'BODY_TOO_LARGE' });
    return new URLSearchParams(bytes.toString('utf8'));
  });
};
