import type { VNode } from 'preact';
import { ClientError } from '../../client/client-error.ts';
import { common } from '../text/words.ts';
import { CopyButton } from './copy.ts';
import { html, use } from './html.ts';

/** What went wrong, what its request was, and a way on: try again, or see why it was refused. */
export const Fault = ({ fault, again }: { fault: Error; again?: (() => void) | undefined }): VNode => {
  const known = fault instanceof ClientError ? fault : undefined;
  const isRefused = known?.status === 403;
  const id = known?.requestId;
  return html.div(
    { class: 'note tone-danger', role: 'alert' },
    html.p(
      {},
      // the server's sentences are English in every language
      html.span({ lang: 'en' }, known?.code === 'UNREACHABLE' ? common().unreachable : fault.message),
    ),
    html.p(
      { class: 'actions' },
      id !== undefined &&
        html.span(
          { class: 'faint' },
          `${common().requestId} `,
          html.code({}, id),
          use(CopyButton, { text: id, what: id }),
        ),
      isRefused &&
        id !== undefined &&
        html.a({ href: `/console/explain?request=${encodeURIComponent(id)}` }, common().why),
      again && html.button({ type: 'button', onClick: again }, common().tryAgain),
    ),
  );
};
