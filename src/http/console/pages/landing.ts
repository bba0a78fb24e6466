import { CONSOLE, DEVICE_PAGE, PASSCODE_PAGE, STYLE } from '../../console-addresses.ts';
import type { JsonApp } from '../../json-app.ts';
import { html } from './html.ts';
import { STYLESHEET, sendPage } from './page.ts';
import type { PageParts } from './parts.ts';
import { visit, whose } from './visitor.ts';

/** /console/: who is signed in, and where the other pages are. */
export const landingPage = (app: JsonApp, parts: PageParts): void => {
  app.get(
    CONSOLE,
    { schema: { summary: 'Page: who is signed in', tags: ['console'] }, config: { needs: 'anyone' } },
    visit(
      parts,
      () => CONSOLE,
      async (_request, reply, visiting) => {
        const { texts } = visiting;
        const body = html`<p>${texts.landingText} ${texts.signedInAs}</p>
${await whose(visiting, parts)}
<ul><li><a href="${DEVICE_PAGE}">${texts.device}</a><li><a href="${PASSCODE_PAGE}">${texts.passcode}</a></ul>`;
        return sendPage(reply, texts, { title: texts.landing, body });
      },
    ),
  );

  app.get(
    STYLE,
    { schema: { summary: 'How the pages look', tags: ['console'] }, config: { needs: 'anyone' } },
    (_request, reply) =>
      reply
        .headers({ 'Cache-Control': 'no-cache', 'Cross-Origin-Resource-Policy': 'same-origin' })
        .type('text/css; charset=utf-8')
        .send(STYLESHEET),
  );
};
