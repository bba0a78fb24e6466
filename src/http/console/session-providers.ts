import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Departure } from '../../identity/room.ts';
import { InvitationJourney, ProviderJourney, ProviderLocation } from '../../wire/console-session.ts';
import type { JsonApp, JsonReply, JsonRequest } from '../json-app.ts';
import { networkOf } from '../network.ts';
import { html, name } from './pages/html.ts';
import { sendPage } from './pages/page.ts';
import { returnPath } from './return-path.ts';
import type { ConsoleSessionParts } from './session.ts';
import { failureTexts, signInTexts } from './session-texts.ts';

const Issuer = Type.Object({ issuer: Type.String({ maxLength: 63 }) });

const Return = Type.Object({
  return: Type.Optional(
    Type.String({ maxLength: 1000, description: 'Path below /console/ to come back to' }),
  ),
});

/** RFC 6749, 4.1.2; RFC 9207. What a provider says beside it is not looked at. */
const Answer = Type.Object({
  code: Type.Optional(Type.String({ maxLength: 8192 })),
  state: Type.Optional(Type.String({ maxLength: 200 })),
  iss: Type.Optional(Type.String({ maxLength: 500 })),
  error: Type.Optional(Type.String({ maxLength: 100 })),
});

/** From a browser to an identity provider and back. What goes wrong on the way is told as a page. */
export const providerRoutes = (app: JsonApp, parts: ConsoleSessionParts): void => {
  const { browsers, identity, origin, externalUrl } = parts;
  tellFailuresAsPages(app);

  app.get(
    '/console/session/sign-in/:issuer',
    {
      schema: {
        summary: 'Page: to the identity provider, to sign in',
        tags: ['console'],
        params: Issuer,
        querystring: Return,
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      // the provider sends people back to the external address, where the cookie of the attempt has to be
      if (origin.base(request.raw) !== externalUrl)
        return reply.redirect(`${externalUrl}${request.url}`, 302);
      const departure = await identity.people.depart(request.params.issuer, {
        purpose: { kind: 'sign-in' },
        returnTo: returnPath(request.query.return, externalUrl),
        network: networkOf(request.raw.address),
      });
      browsers.setAttempt(request, reply, departure);
      return reply.redirect(departure.location.href, 302);
    },
  );

  app.get(
    '/console/session/callback/:issuer',
    {
      schema: {
        summary: 'Page: back from the identity provider',
        tags: ['console'],
        params: Issuer,
        querystring: Answer,
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      const answer = new URLSearchParams(request.query as Record<string, string>);
      const state = answer.get('state') ?? '';
      const cookie = browsers.attempt(request, state);
      if (cookie !== undefined) browsers.clearAttempt(request, reply, state);
      const { returnTo, session } = await identity.people.arrive(
        request.params.issuer,
        { answer, cookie },
        parts.guard.arrival(request.raw),
      );
      if (session) {
        request.raw.credential = session.credential;
        browsers.setSession(request, reply, session.refreshToken);
      }
      return sendArrival(request, reply, returnTo, session ? 'signedIn' : 'linked');
    },
  );
};

/** The same with a purpose, begun by a script of our pages: it gets the address to go to. */
export const journeyRoutes = (app: JsonApp, parts: ConsoleSessionParts): void => {
  const { browsers, identity, externalUrl, guard } = parts;

  app.post(
    '/console/session/link',
    {
      schema: {
        summary: 'To the identity provider, to tie the identity there to the user who is signed in',
        tags: ['console'],
        body: ProviderJourney,
        response: { 200: ProviderLocation },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      browsers.refuseForeign(request);
      const credential = await browsers.signedIn(request);
      if (!credential) throw new RegistryError('SESSION_INACTIVE');
      request.raw.credential = credential;
      await identity.people.refuseLinking(credential);
      const { principal, chain } = credential;
      const departure = await identity.people.depart(request.body.issuer, {
        purpose: { kind: 'link', principal, chain },
        returnTo: returnPath(request.body.return, externalUrl),
        network: networkOf(request.raw.address),
      });
      return locationOf(request, reply, departure, parts);
    },
  );

  app.post(
    '/console/session/invitation',
    {
      schema: {
        summary: 'To the identity provider, to accept an invitation by signing in there',
        tags: ['console'],
        body: InvitationJourney,
        response: { 200: ProviderLocation },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      browsers.refuseForeign(request);
      const { code, issuer } = request.body;
      await guard.guess(request.raw, 'invitation', code, () => identity.invitations.find(code));
      const departure = await identity.people.depart(issuer, {
        purpose: { kind: 'invitation', code },
        returnTo: returnPath(request.body.return, externalUrl),
        network: networkOf(request.raw.address),
      });
      return locationOf(request, reply, departure, parts);
    },
  );
};

const locationOf = (
  request: JsonRequest,
  reply: JsonReply,
  departure: Departure,
  { browsers }: ConsoleSessionParts,
): { location: string } => {
  reply.header('Cache-Control', 'no-store');
  browsers.setAttempt(request, reply, departure);
  return { location: departure.location.href };
};

/**
 * A page, and not a redirect: browsers keep a strict cookie back from a redirect that another site began. From this page they send
 * it.
 */
const sendArrival = (
  { headers }: JsonRequest,
  reply: JsonReply,
  returnTo: string,
  what: 'signedIn' | 'linked',
): JsonReply => {
  const texts = signInTexts(headers['accept-language']);
  reply.header('Refresh', `0;url=${returnTo}`);
  return sendPage(reply, texts.page, {
    title: texts[what],
    body: html`<p><a href="${returnTo}">${texts.goOn}</a></p>`,
  });
};

const tellFailuresAsPages = (app: JsonApp): void => {
  const refuse = app.errorHandler;
  app.setErrorHandler((thrown, request, reply) => {
    const isTold =
      thrown instanceof RegistryError && (thrown.status < 500 || thrown.code === 'PROVIDER_UNAVAILABLE');
    if (!isTold) return refuse.call(app, thrown, request, reply);
    request.raw.because ??= thrown.reason ?? thrown.message;
    const texts = signInTexts(request.headers['accept-language']);
    return sendPage(reply, texts.page, {
      title: texts.failed,
      status: thrown.status,
      body: html`<p>${name(failureTexts(texts)[thrown.code] ?? thrown.message)}</p>
<p><a href="/console/">${texts.goBack}</a></p>`,
    });
  });
};
