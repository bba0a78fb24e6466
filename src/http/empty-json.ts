import type { JsonApp } from './json-app.ts';

/** Lets clients that post nothing (`POST …/lock`) call it JSON, as IBM's SDKs do. Where a body is needed, it is missed. */
export const acceptEmptyJson = (app: JsonApp): void => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, String(body), done);
  });
};
