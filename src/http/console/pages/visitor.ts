import type { JsonReply, JsonRequest } from '../../json-app.ts';
import { formOf } from './form-of.ts';
import { type Html, html, name } from './html.ts';
import { facts, sendPage } from './page.ts';
import type { PageParts, SignedIn } from './parts.ts';
import { type Texts, textsFor } from './texts.ts';

/** A person who is signed in, and how they read. */
export interface Visit {
  readonly person: SignedIn;
  readonly texts: Texts;
}

/**
 * Answers a page to a person who is signed in; others are told how to sign in, and come back to `path`. What they do is
 * recorded as theirs.
 */
export const visit =
  (
    parts: PageParts,
    path: (request: JsonRequest) => string,
    answer: (request: JsonRequest, reply: JsonReply, visit: Visit) => Promise<JsonReply>,
  ) =>
  async (request: JsonRequest, reply: JsonReply): Promise<JsonReply> => {
    const texts = textsFor(request.headers['accept-language']);
    const { browsers } = parts;
    const shown = formOf(request).get(ACCOUNT);
    const person = await (shown === null ? browsers.signedIn(request) : browsers.signedInAt(request, shown));
    if (!person) return sendSignIn(reply, texts, await browsers.ways(path(request)));
    request.raw.credential = person;
    return answer(request, reply, { person, texts });
  };

/** The field with the account that a page has shown. Its form acts in that one, whatever other tabs have chosen since. */
const ACCOUNT = 'account';

/** A form of a page, for the person and the account that the page was made for. */
export const form = ({ person }: Visit, action: string, content: Html): Html =>
  html`<form method="post" action="${action}">
<input type="hidden" name="${ACCOUNT}" value="${person.principal.accountId}">
${content}
</form>`;

const sendSignIn = (
  reply: JsonReply,
  texts: Texts,
  ways: readonly { readonly name: string; readonly path: string }[],
): JsonReply =>
  sendPage(reply, texts, {
    title: texts.signIn,
    status: 401,
    body:
      ways.length === 0
        ? html`<p>${texts.noProvider}</p>`
        : html`<p>${texts.signInText}</p><ul>${ways.map(
            (way) => html`<li><a href="${way.path}">${texts.signInWith} ${name(way.name)}</a>`,
          )}</ul>`,
  });

/** Whose login it is, so that people with several know which one they give away. */
export const whose = async (
  { person: { principal }, texts }: Visit,
  { identity }: PageParts,
  more: readonly (readonly [string, Html])[] = [],
): Promise<Html> => {
  const { name: called, email, sub } = await identity.identityTokens.subject(principal);
  const account = await identity.accounts.find(principal.accountId);
  return facts([
    ...more,
    [texts.person, name(email || called || sub)],
    [texts.account, name(account?.name ?? principal.accountId)],
  ]);
};
