import type { IssuedCheckpoint, Verified } from '../../audit/seals/room.ts';
import { RegistryError } from '../../errors.ts';
import {
  AuditCheckpoint,
  AuditCheckpointList,
  AuditCheckpointQuery,
  type AuditVerifyLine,
  AuditVerifyRequest,
} from '../../wire/audit.ts';
import { endOf, sendLinesAsMade } from '../as-made.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { parsePlace, printPlace } from '../pages.ts';
import { type AuditParts, operatorOnly } from './parts.ts';

const PAGE = 20;

/** The sealed log, for the operator: checkpoints, and verification. Ours. */
export const auditSealRoutes = (app: JsonApp, parts: AuditParts): void => {
  const { seals } = parts.seals;
  app.get(
    '/api/v1/audit/checkpoints',
    {
      schema: {
        summary: 'Checkpoints of the audit log, newest first (operator)',
        tags: ['audit'],
        querystring: AuditCheckpointQuery,
        response: { 200: AuditCheckpointList },
      },
      config: { needs: operatorOnly(parts, 'tidegate.audit.list') },
    },
    async (request): Promise<AuditCheckpointList> => {
      const { cursor, limit = PAGE } = request.query;
      const found = await seals.newest(positionOf(cursor), limit);
      const last = found.length === limit ? found.at(-1) : undefined;
      return {
        checkpoints: found.map(wireOfCheckpoint),
        ...(last ? { next: printPlace(['block', String(last.position)]) } : {}),
      };
    },
  );

  app.post(
    '/api/v1/audit/checkpoints',
    {
      schema: {
        summary: 'Seal what the audit log has, and answer the checkpoint (operator)',
        tags: ['audit'],
        response: { 201: AuditCheckpoint },
      },
      config: { needs: operatorOnly(parts, 'tidegate.audit.seal') },
    },
    async (request, reply) => {
      reply.code(201);
      return wireOfCheckpoint(await seals.ask(actorOf(request)));
    },
  );

  verifyRoute(app, parts);
};

/** One at a time in a process: it reads the whole log. */
const verifyRoute = (app: JsonApp, parts: AuditParts): void => {
  const { seals, events } = parts;
  let isRunning = false;
  app.post(
    '/api/v1/audit/verify',
    {
      schema: {
        summary: 'Hold the whole audit log against its seals; a line per finding (operator)',
        tags: ['audit'],
        body: AuditVerifyRequest,
      },
      config: { needs: operatorOnly(parts, 'tidegate.audit.verify') },
    },
    async (request, reply) => {
      const { checkpoint: note } = request.body;
      const kept = note === undefined ? undefined : await seals.open(note);
      if (note !== undefined && !kept) {
        const message = 'this is no checkpoint: give the note that tidegate audit checkpoint printed';
        throw new RegistryError('BAD_REQUEST', { message });
      }
      if (isRunning)
        throw new RegistryError('CONFLICT', { message: 'a verification is under way; ask again' });
      isRunning = true;
      const free = (): void => {
        isRunning = false;
      };
      events.collected.note(actorOf(request), {
        accountId: null,
        action: 'tidegate.audit.verify',
        target: 'audit log',
      });
      const end = endOf(reply);
      const lines = linesOf(seals.verify(kept, end), kept?.signed ?? true);
      sendLinesAsMade(reply, freedAtEnd(lines, end, free));
      return reply;
    },
  );
};

const UNSIGNED: AuditVerifyLine = {
  kind: 'checkpoint',
  reason: 'the checkpoint is not signed by a key of this installation: it proves nothing',
};

/** Calls `free` when the last line is made, also where the client has left; or at the end of an answer, where no line was begun. */
const freedAtEnd = <Line>(
  lines: AsyncIterable<Line>,
  end: AbortSignal,
  free: () => void,
): AsyncIterable<Line> => {
  let isBegun = false;
  const unlessBegun = (): void => {
    if (!isBegun) free();
  };
  if (end.aborted) free();
  else end.addEventListener('abort', unlessBegun, { once: true });
  const made = async function* (): AsyncIterable<Line> {
    if (end.aborted) return;
    isBegun = true;
    try {
      yield* lines;
    } finally {
      free();
    }
  };
  return made();
};

async function* linesOf(
  verified: AsyncIterable<Verified>,
  isSigned: boolean,
): AsyncIterable<AuditVerifyLine | Verified> {
  if (!isSigned) yield UNSIGNED;
  for await (const line of verified)
    yield line.kind === 'end' && !isSigned ? { ...line, faults: line.faults + 1 } : line;
}

const positionOf = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return undefined;
  const [kind, position] = parsePlace(cursor, 2) ?? [];
  if (kind === 'block' && /^\d{1,15}$/.test(position ?? '')) return Number(position);
  const message = 'The cursor is not one of this list; leave it out to begin at the start.';
  throw new RegistryError('BAD_REQUEST', { message });
};

const wireOfCheckpoint = (checkpoint: IssuedCheckpoint): AuditCheckpoint => ({
  origin: checkpoint.origin,
  size: checkpoint.size,
  root: checkpoint.root,
  note: checkpoint.note,
  key: checkpoint.verifierKey,
  sealedAt: new Date(checkpoint.sealedAt).toISOString(),
  firstEvent: checkpoint.first,
  lastEvent: checkpoint.last,
});
