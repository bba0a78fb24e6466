import { STYLE } from '../../console-addresses.ts';
import type { JsonReply } from '../../json-app.ts';
import { type Html, html } from './html.ts';
import type { Texts } from './texts.ts';

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** Where its form may lead beside here: browsers hold redirects after a form to it as well. */
  readonly leadsTo?: string;
}

/** Pages have no script and no frame, load their style from here and nothing else, and send forms here only. */
const policyOf = (leadsTo: string | undefined): string =>
  `default-src 'none'; style-src 'self'; form-action 'self'${leadsTo === undefined ? '' : ` ${leadsTo}`}; base-uri 'none'; frame-ancestors 'none'`;

const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // not no-referrer: browsers would then send forms of the page itself with `Origin: null`
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  Vary: 'Accept-Language, Cookie',
};

export const sendPage = (reply: JsonReply, texts: Texts, page: Page): JsonReply =>
  reply
    .code(page.status ?? 200)
    .headers({ ...HEADERS, 'Content-Security-Policy': policyOf(page.leadsTo) })
    .type('text/html; charset=utf-8')
    .send(documentOf(texts, page).text);

const documentOf = ({ language }: Texts, { title, body }: Page): Html => html`<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="${STYLE}">
<main>
<h1>${title}</h1>
${body}
</main>
</html>
`;

/** A list of names and what they stand for. */
export const facts = (rows: readonly (readonly [string, Html])[]): Html =>
  html`<dl>${rows.map(([label, value]) => html`<dt>${label}<dd>${value}`)}</dl>`;

export const STYLESHEET = `body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 32rem; color-scheme: light dark }
dl { display: grid; grid-template-columns: max-content auto; gap: .25rem 1rem }
dt { opacity: .7 }
dd { margin: 0; overflow-wrap: anywhere }
input, button { font: inherit; padding: .4rem .8rem }
.code { font: 1.5rem ui-monospace, monospace; letter-spacing: .1em; overflow-wrap: anywhere }
.warning { border-left: .25rem solid #c60; padding-left: .75rem }
`;
