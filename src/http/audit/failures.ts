import type { Resource } from '../../access/room.ts';
import type { CollectedEvents } from '../../audit/events/room.ts';
import { accountOf } from '../../principal.ts';
import type { RequestHead } from '../json-app.ts';
import type { Needs } from '../needs.ts';
import type { Problem } from '../problem.ts';
import type { Request } from '../request.ts';

/** A request that was refused, as far as its door knows it. */
interface Failed {
  readonly action: string;
  readonly target: string;
  readonly targetType?: string | undefined;
  readonly reference?: string | undefined;
}

/**
 * Records that a request failed, in the account of who asked. A caller without a credential is in no account: a challenge is
 * no event.
 */
export const noteFailure = (
  collected: CollectedEvents,
  request: Request,
  { error, status }: Problem,
  failed: Failed,
): void => {
  const accountId = request.credential && accountOf(request.credential.principal);
  if (accountId === undefined) return;
  collected.note(request.actor, {
    ...failed,
    accountId,
    outcome: 'failure',
    status,
    reason: request.denial ?? error.reason ?? error.message,
  });
};

/** The same at a JSON door: of what was to change something, and of what was denied. */
export const noteJsonFailure = (collected: CollectedEvents, request: RequestHead, problem: Problem): void => {
  const { raw, method } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  const action = raw.action ?? declaredAction(request.routeOptions?.config?.needs);
  if (action === undefined || (isRead && raw.denial === undefined)) return;
  noteFailure(collected, raw, problem, { action, ...targetOf(request) });
};

/** The action that decides first; undefined for routes that ask for none, which change nothing of an account. */
const declaredAction = (needs: Needs | undefined): string | undefined => {
  if (needs === undefined || typeof needs === 'string') return undefined;
  return 'action' in needs ? needs.action : needs.onBody[0]?.action;
};

const targetOf = ({ raw, params }: RequestHead): { target: string; targetType?: string } => {
  const { id, name } = (params ?? {}) as { id?: string; name?: string };
  const own = raw.credential && accountOf(raw.credential.principal);
  // whether another account has such a thing is not told
  const { entity, repository, namespace }: Partial<Resource> =
    (raw.resource?.accountId === own ? raw.resource : undefined) ?? {};
  if (entity) return { target: entity.id, targetType: entity.type };
  const named = id ?? name ?? repository ?? namespace;
  if (named !== undefined) return { target: named };
  return { target: own ?? '', targetType: 'account' };
};
