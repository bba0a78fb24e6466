import { type ErrorCode, RegistryError } from '../../../errors.ts';
import type { Bodies } from '../../bodies.ts';
import { acceptForms } from '../../form.ts';
import type { JsonApp } from '../../json-app.ts';
import { authorizePage } from './authorize.ts';
import { devicePage } from './device.ts';
import { html } from './html.ts';
import { sendPage } from './page.ts';
import type { PageParts } from './parts.ts';
import { passcodePage } from './passcode.ts';
import { styleSheet } from './style.ts';
import { type Texts, textsFor } from './texts.ts';

/** The pages below /console/ that a browser shows without a script. People read what went wrong as a page, too. */
export const pageRoutes = (app: JsonApp, parts: PageParts, bodies: Bodies): void => {
  acceptForms(app, bodies);
  const refuse = app.errorHandler;
  app.setErrorHandler((thrown, request, reply) => {
    const said = thrown instanceof RegistryError ? SAID[thrown.code] : undefined;
    if (!(thrown instanceof RegistryError) || said === undefined)
      return refuse.call(app, thrown, request, reply);
    request.raw.because ??= thrown.reason ?? thrown.message;
    const texts = textsFor(request.headers['accept-language']);
    const text = said.text === undefined ? thrown.message : texts[said.text];
    return sendPage(reply, texts, { title: texts.failed, status: said.status, body: html`<p>${text}</p>` });
  });
  for (const page of [devicePage, passcodePage, authorizePage]) page(app, parts);
  styleSheet(app);
};

/** What people can bring about. */
const SAID: Partial<Record<ErrorCode, { readonly status: number; readonly text?: keyof Texts }>> = {
  USER_CODE_INVALID: { status: 400, text: 'mistyped' },
  FIELD_MISSING: { status: 400, text: 'mistyped' },
  TOOMANYREQUESTS: { status: 429, text: 'tooMany' },
  FORM_FOREIGN: { status: 403, text: 'otherSite' },
  BAD_REQUEST: { status: 400 },
  DENIED: { status: 403 },
  ACCOUNT_UNAUTHORIZED: { status: 403 },
};
