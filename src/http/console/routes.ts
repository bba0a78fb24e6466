import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { NOTHING_HERE } from '../docs/page.ts';
import type { JsonApp, JsonReply, JsonRequest } from '../json-app.ts';
import { ConsoleFiles, ENCODINGS } from './files.ts';
import { contentSecurityPolicy } from './headers.ts';
import { type Shell, shellOf } from './shell.ts';

/** Longer addresses name nothing here. */
const LONGEST = 1000;
const YEAR = 'public, max-age=31536000, immutable';

/** What is read at the first visit, and kept. */
interface Read {
  readonly files: ConsoleFiles;
  readonly shell: Shell;
}

/**
 * /console/: one document for every address below it, and the files it loads. Both are public and hold no data; what the pages
 * show comes from the API.
 */
export const consoleRoutes = (app: JsonApp): void => {
  let reading: Promise<Read> | undefined;
  const read = (): Promise<Read> => {
    reading ??= ConsoleFiles.read().then((files) => ({ files, shell: shellOf(files) }));
    return reading;
  };

  const shell = async (_request: JsonRequest, reply: JsonReply) => {
    const { document, scriptHashes } = (await read()).shell;
    reply.header('Content-Security-Policy', contentSecurityPolicy(scriptHashes));
    return reply.type('text/html; charset=utf-8').header('Cache-Control', 'no-cache').send(document);
  };
  const open = {
    schema: { summary: 'The console, for a browser', tags: ['console'] },
    config: { needs: 'anyone' },
    // what looks whether a page is there may ask for its headers alone
    exposeHeadRoute: true,
  } as const;
  app.get('/console', open, shell);
  app.get(
    '/console/*',
    {
      schema: { ...open.schema, params: Type.Object({ '*': Type.String({ maxLength: 2000 }) }) },
      config: open.config,
      exposeHeadRoute: true,
    },
    (request, reply) => {
      const { '*': path } = request.params as { '*': string };
      if (path.length > LONGEST) throw new RegistryError('URI_TOO_LONG');
      if (/^(?:session|files)(?:\/|$)/.test(path))
        throw new RegistryError('NOT_FOUND', { message: NOTHING_HERE });
      return shell(request, reply);
    },
  );

  app.get(
    '/console/files/:hash/*',
    {
      schema: {
        summary: 'A file of the console',
        tags: ['console'],
        params: Type.Object({ hash: Type.String({ maxLength: 64 }), '*': Type.String({ maxLength: 300 }) }),
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      const { hash, '*': path } = request.params;
      const { files } = await read();
      // a page of another version is told so, and loads itself again
      const file = hash === files.hash ? await files.file(path) : undefined;
      if (!file) throw new RegistryError('NOT_FOUND', { message: NOTHING_HERE });
      reply.type(file.type).header('Cache-Control', YEAR).header('Vary', 'Accept-Encoding');
      const accepted = String(request.headers['accept-encoding'] ?? '').split(/[,;\s]+/);
      const encoding = ENCODINGS.find((each) => accepted.includes(each));
      if (!encoding) return reply.send(file.bytes);
      return reply.header('Content-Encoding', encoding).send(await file.in(encoding));
    },
  );
};
