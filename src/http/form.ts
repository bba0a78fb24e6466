import type { JsonApp } from './json-app.ts';

/** Token requests are small; a body beyond this is refused before it is read. */
export const FORM_LIMIT = 32 << 10;

/** Lets routes of this instance receive application/x-www-form-urlencoded bodies as URLSearchParams, and nothing else. */
export const acceptForms = (app: JsonApp): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_LIMIT },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
};
