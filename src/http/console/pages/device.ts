import { Type } from 'typebox';
import type { DeviceLogin } from '../../../identity/room.ts';
import { BeginLimit } from '../../begin-limit.ts';
import { DEVICE_PAGE } from '../../console-addresses.ts';
import { required } from '../../identity/grants.ts';
import type { JsonApp, JsonReply, JsonRequest } from '../../json-app.ts';
import { actorOf } from '../../json-request.ts';
import { networkOf } from '../../network.ts';
import { formOf } from './form-of.ts';
import { type Html, html, name } from './html.ts';
import { refuseForeignForm } from './own-forms.ts';
import { sendPage } from './page.ts';
import type { PageParts } from './parts.ts';
import type { Texts } from './texts.ts';
import { form, type Visit, visit, whose } from './visitor.ts';

/** Codes one person may send in ten minutes, right ones too: none is looked at beyond them, so that none is found by guessing. */
const MOST_CODES = 30;

const Query = Type.Object({
  user_code: Type.Optional(Type.String({ maxLength: 50, description: 'Fills the form in' })),
});

/** /console/device: a person sees who asks to be logged in, and allows or refuses it. */
export const devicePage = (app: JsonApp, parts: PageParts): void => {
  const limit = new BeginLimit(parts.clock, MOST_CODES);

  app.get(
    DEVICE_PAGE,
    {
      schema: { summary: 'Page: allow a login on another machine', tags: ['console'], querystring: Query },
      config: { needs: 'anyone' },
    },
    visit(parts, pathOf, async (request, reply, { texts }) =>
      // nothing is looked up before the form is sent
      sendPage(reply, texts, { title: texts.device, body: codeForm(texts, codeIn(request)) }),
    ),
  );

  app.post(
    DEVICE_PAGE,
    {
      schema: { summary: 'Page: look at a login by its code, allow or refuse it (form)', tags: ['console'] },
      config: { needs: 'anyone' },
    },
    visit(
      parts,
      () => DEVICE_PAGE,
      async (request, reply, visiting) => {
        refuseForeignForm(request, parts.origin);
        const sent = formOf(request);
        const code = required(sent, 'user_code');
        limit.count(visiting.person.principal.iamId);
        const answer = sent.get('answer');
        const of = { request, reply, visiting, code };
        return answer === 'allow' || answer === 'deny'
          ? decide(of, answer === 'allow', parts)
          : look(of, parts);
      },
    ),
  );
};

interface Sent {
  readonly request: JsonRequest;
  readonly reply: JsonReply;
  readonly visiting: Visit;
  readonly code: string;
}

const look = async ({ request, reply, visiting, code }: Sent, parts: PageParts): Promise<JsonReply> => {
  const { identity, guard } = parts;
  const login = await guard.guess(request.raw, 'user-code', code, () => identity.deviceLogins.waiting(code));
  const { texts } = visiting;
  const body = html`<p>${texts.asksText}</p>
${await whose(visiting, parts, whoAsks(login, texts))}
${isElsewhere(login, request) ? html`<p class="warning">${texts.elsewhere}</p>` : undefined}
<p class="warning">${texts.onlyYours}</p>
${form(
  visiting,
  DEVICE_PAGE,
  html`<p class="code">${code}</p>
<input type="hidden" name="user_code" value="${code}">
<button name="answer" value="allow">${texts.allow}</button>
<button name="answer" value="deny">${texts.deny}</button>`,
)}`;
  return sendPage(reply, texts, { title: texts.asks, body });
};

const decide = async (
  { request, reply, visiting: { person, texts }, code }: Sent,
  allowed: boolean,
  { identity, guard }: PageParts,
): Promise<JsonReply> => {
  await guard.guess(request.raw, 'user-code', code, () =>
    identity.deviceLogins.decide(code, allowed, person, actorOf(request)),
  );
  const [title, text] = allowed ? [texts.allowed, texts.allowedText] : [texts.denied, texts.deniedText];
  return sendPage(reply, texts, { title, body: html`<p>${text}</p>` });
};

const whoAsks = (login: DeviceLogin, texts: Texts): (readonly [string, Html])[] => [
  [texts.program, name(texts.commandLine)],
  [texts.machine, name(login.machine ?? texts.unknown)],
  [texts.address, name(login.address ?? texts.unknown)],
  [texts.begun, html`${new Date(login.createdAt).toISOString().replace('T', ' ').slice(0, 19)} UTC`],
];

const isElsewhere = ({ address }: DeviceLogin, { raw }: JsonRequest): boolean =>
  networkOf(address) !== networkOf(raw.address);

const codeForm = (texts: Texts, code: string): Html => html`<p>${texts.deviceText}</p>
<form method="post" action="${DEVICE_PAGE}">
<label>${texts.code} <input class="code" name="user_code" value="${code}" maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false" required></label>
<button>${texts.goOn}</button>
</form>`;

const codeIn = ({ query }: JsonRequest): string => (query as { user_code?: string }).user_code ?? '';

const pathOf = (request: JsonRequest): string => {
  const code = codeIn(request);
  return code === '' ? DEVICE_PAGE : `${DEVICE_PAGE}?user_code=${encodeURIComponent(code)}`;
};
