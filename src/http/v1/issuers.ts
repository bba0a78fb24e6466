import { Type } from 'typebox';
import type { IssuerReport } from '../../identity/room.ts';
import { Issuer, IssuerChange, IssuerList } from '../../wire/issuers.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, callerOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { operator, type V1Parts } from './parts.ts';

/** /api/v1/issuers, ours, for the operator: whose tokens let workloads and people in. */
export const issuerRoutes = (app: JsonApp, { accounts, issuers }: V1Parts): void => {
  app.get(
    '/api/v1/issuers',
    {
      schema: {
        summary:
          'The declared issuers of tokens of workloads and people, and whether they are enabled (operator)',
        tags: ['registry'],
        response: { 200: IssuerList },
      },
      config: { needs: operator('tidegate.issuer.list', accounts) },
    },
    async () => ({
      issuers: (await issuers.list()).map(wireIssuer),
      ...(issuers.fileFault === undefined ? {} : { file_fault: issuers.fileFault }),
    }),
  );

  app.patch(
    '/api/v1/issuers/:name',
    {
      schema: {
        summary: 'Disable an issuer, so that every token that came from it ends, or enable it (operator)',
        tags: ['registry'],
        params: Type.Object({ name: Type.String({ maxLength: 63 }) }),
        body: IssuerChange,
        response: { 200: Issuer },
      },
      config: { needs: operator('tidegate.issuer.set', accounts) },
    },
    async (request) => {
      const isDisabled = request.body.state === 'disabled';
      return wireIssuer(
        await issuers.switch(request.params.name, isDisabled, callerOf(request), actorOf(request)),
      );
    },
  );
};

const wireIssuer = (report: IssuerReport): Issuer => ({
  name: report.name,
  ...(report.preset === undefined ? {} : { preset: report.preset }),
  issuer: report.issuer,
  for: [
    ...(report.forWorkloads ? (['workloads'] as const) : []),
    ...(report.people ? (['people'] as const) : []),
  ],
  audiences: [...report.audiences],
  ...(report.people ? { client_id: report.people.clientId } : {}),
  ...(report.accounts === undefined ? {} : { accounts: [...report.accounts] }),
  state: report.disabledAt === undefined ? 'enabled' : 'disabled',
  ...(report.disabledAt === undefined ? {} : { disabled_at: timestamp(report.disabledAt) }),
  ...(report.disabledBy === undefined ? {} : { disabled_by: report.disabledBy }),
  ...(report.keysReadAt === undefined ? {} : { keys_read_at: timestamp(report.keysReadAt) }),
  ...(report.keysFault === undefined ? {} : { keys_fault: report.keysFault }),
});
