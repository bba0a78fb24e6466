import { PASSCODE_PAGE } from '../../console-addresses.ts';
import type { JsonApp } from '../../json-app.ts';
import { actorOf } from '../../json-request.ts';
import { html } from './html.ts';
import { refuseForeignForm } from './own-forms.ts';
import { sendPage } from './page.ts';
import type { PageParts } from './parts.ts';
import { form, visit, whose } from './visitor.ts';

/** /console/passcode: a one-time code for the command line, as IBM's page of that name. */
export const passcodePage = (app: JsonApp, parts: PageParts): void => {
  app.get(
    PASSCODE_PAGE,
    {
      schema: { summary: 'Page: a one-time code for the command line', tags: ['console'] },
      config: { needs: 'anyone' },
    },
    visit(
      parts,
      () => PASSCODE_PAGE,
      async (_request, reply, visiting) => {
        const { texts } = visiting;
        const body = html`<p>${texts.passcodeText}</p>
${await whose(visiting, parts)}
${form(visiting, PASSCODE_PAGE, html`<button>${texts.makePasscode}</button>`)}`;
        return sendPage(reply, texts, { title: texts.passcode, body });
      },
    ),
  );

  app.post(
    PASSCODE_PAGE,
    {
      schema: { summary: 'Page: make a one-time code (form)', tags: ['console'] },
      config: { needs: 'anyone' },
    },
    visit(
      parts,
      () => PASSCODE_PAGE,
      async (request, reply, { person, texts }) => {
        refuseForeignForm(request, parts.origin);
        const { code } = await parts.identity.codes.passcode(person, actorOf(request));
        const body = html`<p class="code">${code}</p><p>${texts.passcodeUse}</p>`;
        return sendPage(reply, texts, { title: texts.passcodeMade, body });
      },
    ),
  );
};
