import { Type } from 'typebox';
import type { Asked, ListedSnapshot, PruneChoice, BackupRun as Run } from '../../backup/room.ts';
import { RegistryError } from '../../errors.ts';
import {
  BackupRequest,
  BackupRun,
  BackupStatus,
  BackupVerifyRequest,
  KeyConfirmation,
  PruneRequest,
  type Snapshot,
  SnapshotList,
  SnapshotQuery,
} from '../../wire/backups.ts';
import { endOf, sendLinesAsMade } from '../as-made.ts';
import type { JsonApp, JsonReply } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { operator, type V1Parts } from './parts.ts';

const RUNS = 20;
const SNAPSHOTS = 100;

type WithActor = Parameters<typeof actorOf>[0];

/** /api/v1/backups, ours, for the operator: an Administrator of the first account. */
export const backupRoutes = (app: JsonApp, parts: V1Parts): void => {
  runRoutes(app, parts);
  snapshotRoutes(app, parts);
  const { accounts, backups } = parts;
  app.post(
    '/api/v1/backups/key',
    {
      schema: {
        summary: 'Note that there is a copy of the master key elsewhere (operator)',
        tags: ['registry'],
        body: KeyConfirmation,
        response: { 204: Type.Null() },
      },
      config: { needs: operator('tidegate.backup.create', accounts) },
    },
    async (request, reply) => {
      await backups.confirmKey(await askedBy(parts, request), request.body.key);
      return reply.code(204).send(null);
    },
  );
};

const askedBy = async ({ accounts }: V1Parts, request: WithActor): Promise<Asked> => ({
  actor: actorOf(request),
  accountId: (await accounts.operators()) ?? null,
});

const runRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { accounts, backups } = parts;
  app.get(
    '/api/v1/backups',
    {
      schema: {
        summary: 'The latest backups that were made, and the master key they need (operator)',
        tags: ['registry'],
        response: { 200: BackupStatus },
      },
      config: { needs: operator('tidegate.backup.get', accounts) },
    },
    async () => {
      const { id, isConfirmed } = await backups.key();
      return { key: { id, confirmed: isConfirmed }, runs: (await backups.latest(RUNS)).map(runOf) };
    },
  );

  app.post(
    '/api/v1/backups',
    {
      schema: {
        summary: 'Begin a backup (operator)',
        tags: ['registry'],
        body: BackupRequest,
        response: { 202: BackupRun },
      },
      config: { needs: operator('tidegate.backup.create', accounts) },
    },
    async (request, reply) => {
      const run = await backups.begin(await askedBy(parts, request), request.body.to);
      reply.code(202).header('Location', `/api/v1/backups/${run.id}`);
      return runOf(run);
    },
  );

  app.get(
    '/api/v1/backups/:id',
    {
      schema: {
        summary: 'A backup that was or is being made (operator)',
        tags: ['registry'],
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: { 200: BackupRun },
      },
      config: { needs: operator('tidegate.backup.get', accounts) },
    },
    async (request) => runOf(await backups.find(request.params.id)),
  );
};

const snapshotRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { accounts, backups, clock } = parts;
  app.get(
    '/api/v1/backups/snapshots',
    {
      schema: {
        summary: 'The backups that a target has (operator)',
        tags: ['registry'],
        querystring: SnapshotQuery,
        response: { 200: SnapshotList },
      },
      config: { needs: operator('tidegate.backup.get', accounts) },
    },
    async (request) => {
      const { target, sealedTo, total, snapshots } = await backups.list(request.query.target, SNAPSHOTS);
      const sealed = sealedTo === undefined ? {} : { sealed_to: sealedTo };
      return { target, ...sealed, total, snapshots: snapshots.map(snapshotOf) };
    },
  );

  app.post(
    '/api/v1/backups/verify',
    {
      schema: {
        summary: 'Read backups against what was written; a line per finding (operator)',
        tags: ['registry'],
        body: BackupVerifyRequest,
      },
      config: { needs: operator('tidegate.backup.get', accounts) },
    },
    async (request, reply) => {
      const { target: where, snapshot } = request.body;
      return sendLines(reply, (signal) => backups.verify({ where, snapshot }, signal));
    },
  );

  app.post(
    '/api/v1/backups/prune',
    {
      schema: {
        summary: 'Remove backups, and the bytes that no other one has; a line per backup (operator)',
        tags: ['registry'],
        body: PruneRequest,
      },
      config: { needs: operator('tidegate.backup.prune', accounts) },
    },
    async (request, reply) => {
      const { target: where, dry_run: dryRun = false } = request.body;
      const choice = choiceOf(request.body, clock.now());
      const asked = await askedBy(parts, request);
      return sendLines(reply, (signal) => backups.prune(asked, { where, choice, dryRun }, signal));
    },
  );
};

const choiceOf = (
  { keep, older_than_seconds: seconds, snapshot }: PruneRequest,
  now: number,
): PruneChoice => {
  const choices: PruneChoice[] = [
    ...(keep === undefined ? [] : [{ keep }]),
    ...(seconds === undefined ? [] : [{ before: now - seconds * 1000 }]),
    ...(snapshot === undefined ? [] : [{ snapshot }]),
  ];
  const [choice, ...others] = choices;
  if (choice !== undefined && others.length === 0) return choice;
  throw new RegistryError('BAD_REQUEST', {
    message: 'say which backups go with exactly one of keep, older_than_seconds and snapshot',
  });
};

/** A refusal before the first line has the form of every other refusal. */
const sendLines = async (
  reply: JsonReply,
  begin: (signal: AbortSignal) => AsyncGenerator<object>,
): Promise<JsonReply> => {
  const events = begin(endOf(reply));
  sendLinesAsMade(reply, behind(await events.next(), events));
  return reply;
};

async function* behind(first: IteratorResult<object>, events: AsyncGenerator<object>): AsyncIterable<object> {
  try {
    for (let next = first; !next.done; next = await events.next()) yield next.value;
  } finally {
    await events.return(undefined);
  }
}

const runOf = (run: Run): BackupRun => ({
  id: run.id,
  started_at: timestamp(run.startedAt),
  started_by: run.startedBy,
  ...(run.finishedAt === undefined ? {} : { finished_at: timestamp(run.finishedAt) }),
  target: run.target,
  outcome: run.outcome,
  ...(run.reason === undefined ? {} : { reason: run.reason }),
  ...(run.snapshot === undefined ? {} : { snapshot: run.snapshot }),
  blobs: run.blobs,
  bytes: run.bytes,
  copied: run.copied,
  damaged: run.damaged,
});

const snapshotOf = (listed: ListedSnapshot): Snapshot => {
  if ('fault' in listed) return { id: listed.id, fault: listed.fault };
  const { id, at, product, engine, blobs, bytes, rows, damaged, masterKey } = listed.manifest;
  return {
    id,
    taken_at: timestamp(at),
    product,
    engine,
    blobs,
    bytes,
    rows: Object.values(rows.tables).reduce((sum, count) => sum + count, 0),
    damaged: damaged.length,
    master_key: masterKey,
  };
};
