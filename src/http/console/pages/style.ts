import { STYLE } from '../../console-addresses.ts';
import type { JsonApp } from '../../json-app.ts';
import { STYLESHEET } from './page.ts';

/** The style sheet of the pages without a script. */
export const styleSheet = (app: JsonApp): void => {
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
