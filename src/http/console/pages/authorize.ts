import { RegistryError } from '../../../errors.ts';
import { AUTHORIZE_PAGE } from '../../console-addresses.ts';
import {
  type Asked,
  answerTo,
  LoginQuery,
  loginRequestOf,
  redirectOf,
} from '../../identity/login-request.ts';
import type { JsonApp, JsonRequest } from '../../json-app.ts';
import { actorOf } from '../../json-request.ts';
import { formOf } from './form-of.ts';
import { type Html, html, name } from './html.ts';
import { refuseForeignForm } from './own-forms.ts';
import { sendPage } from './page.ts';
import type { PageParts } from './parts.ts';
import { form, visit, whose } from './visitor.ts';

/**
 * /console/authorize: a person lets the command line of the same machine in. Nothing is kept before they do: the form holds
 * what the client asked for, and it is looked at again.
 */
export const authorizePage = (app: JsonApp, parts: PageParts): void => {
  app.get(
    AUTHORIZE_PAGE,
    {
      schema: { summary: 'Page: let the command line in', tags: ['console'], querystring: LoginQuery },
      config: { needs: 'anyone' },
    },
    (request, reply) => {
      const query: Readonly<Record<string, string | undefined>> = request.query;
      const asked = askedIn((field) => query[field]);
      return visit(parts, pathOf, async (_request, _reply, visiting) => {
        const { texts } = visiting;
        const machine = name(asked.machine ?? texts.unknown);
        const rows = [
          [texts.program, name(texts.commandLine)],
          [texts.machine, machine],
        ] as const;
        const body = html`<p>${texts.authorizeText}</p>
${await whose(visiting, parts, rows)}
<p class="warning">${texts.onlyYoursHere}</p>
${form(
  visiting,
  AUTHORIZE_PAGE,
  html`${fieldsOf({ ...query, machine_name: asked.machine })}
<button name="answer" value="allow">${texts.allow}</button>
<button name="answer" value="deny">${texts.deny}</button>`,
)}`;
        return sendPage(reply, texts, { title: texts.authorize, body, leadsTo: sourceOf(asked.redirectUri) });
      })(request, reply);
    },
  );

  app.post(
    AUTHORIZE_PAGE,
    {
      schema: { summary: 'Page: the command line is let in or refused (form)', tags: ['console'] },
      config: { needs: 'anyone' },
    },
    visit(
      parts,
      () => AUTHORIZE_PAGE,
      async (request, reply, { person }) => {
        refuseForeignForm(request, parts.origin);
        const sent = formOf(request);
        const asked = askedIn((field) => sent.get(field) ?? undefined);
        const issuer = `${parts.externalUrl}/identity`;
        const { redirectUri, state } = asked;
        reply.header('Cache-Control', 'no-store').code(303);
        if (sent.get('answer') !== 'allow')
          return reply.redirect(answerTo(redirectUri, { error: 'access_denied', state }, issuer));
        const code = await parts.identity.loginGrants.allow(asked, person, actorOf(request));
        return reply.redirect(answerTo(redirectUri, { code, state }, issuer));
      },
    ),
  );
};

/** Throws BAD_REQUEST: /identity/authorize has refused what is not right, and told the client. */
const askedIn = (given: (field: string) => string | undefined): Asked => {
  redirectOf(given);
  const asked = loginRequestOf(given);
  if ('error' in asked) throw new RegistryError('BAD_REQUEST', { message: `${asked.because}.` });
  return asked;
};

const fieldsOf = (query: Readonly<Record<string, string | undefined>>): Html[] =>
  Object.keys(LoginQuery.properties).flatMap((field) => {
    const value = query[field];
    return value === undefined ? [] : [html`<input type="hidden" name="${field}" value="${value}">`];
  });

/** As a Content-Security-Policy names it: that has no word for an IPv6 address. */
const sourceOf = (redirectUri: string): string => {
  const { origin, hostname } = new URL(redirectUri);
  return hostname.startsWith('[') ? 'http:' : origin;
};

const pathOf = ({ query }: JsonRequest): string => {
  const known = new URLSearchParams(query as Record<string, string>);
  return `${AUTHORIZE_PAGE}?${known.toString()}`;
};
