import type { AuditedEvent } from './audited-event.ts';
import type { FoundBy } from './rows.ts';

/** Which events are asked for; what is absent does not matter. */
export interface EventFilter {
  /** Undefined: of every account, and of none. */
  readonly accountId: string | undefined;
  /** An action, or its beginning and a star: `container-registry.image.*`. */
  readonly action?: string | undefined;
  /** As the event has it, or only the id behind its slash. */
  readonly principal?: string | undefined;
  readonly credential?: string | undefined;
  readonly target?: string | undefined;
  /** A target that is an image's repository. */
  readonly repository?: string | undefined;
  readonly reference?: string | undefined;
  readonly outcome?: 'success' | 'failure' | undefined;
  readonly address?: string | undefined;
  /** A part of anything that names who did what to what, in capitals or not. */
  readonly text?: string | undefined;
  /** Milliseconds: from, and up to but not with. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

const CONTENT = new Set(['image', 'blob']);

export const passes = (event: AuditedEvent, filter: EventFilter): boolean =>
  (filter.accountId === undefined || event.accountId === filter.accountId) &&
  (filter.action === undefined || isAction(event.action, filter.action)) &&
  (filter.principal === undefined || isPrincipal(event.principal, filter.principal)) &&
  (filter.credential === undefined || event.credentialId === filter.credential) &&
  (filter.target === undefined || event.target === filter.target) &&
  (filter.repository === undefined ||
    (event.target === filter.repository && CONTENT.has(event.targetType ?? ''))) &&
  (filter.reference === undefined ||
    event.reference === filter.reference ||
    event.digest === filter.reference) &&
  (filter.outcome === undefined || event.outcome === filter.outcome) &&
  (filter.address === undefined || event.address === filter.address) &&
  (filter.text === undefined || hasText(event, filter.text.toLowerCase())) &&
  (filter.since === undefined || event.lastAt >= filter.since) &&
  (filter.until === undefined || event.at < filter.until);

const hasText = (event: AuditedEvent, asked: string): boolean =>
  [
    event.action,
    event.principal,
    event.credentialId,
    event.target,
    event.targetName,
    event.reference,
    event.digest,
    event.address,
    event.agent,
    event.reason,
    event.requestId,
  ].some((text) => text?.toLowerCase().includes(asked));

const isAction = (action: string, asked: string): boolean =>
  asked.endsWith('*') ? action.startsWith(asked.slice(0, -1)) : action === asked;

const isPrincipal = (principal: string, asked: string): boolean =>
  principal === asked || principal.endsWith(`/${asked}`);

/** The column whose index leads to the fewest events. Only a whole principal can be looked up. */
export const indexOf = ({
  accountId,
  credential,
  target,
  repository,
  principal,
}: EventFilter): { column: FoundBy; value: string } | undefined => {
  if (accountId === undefined) return undefined;
  if (credential !== undefined) return { column: 'credential_id', value: credential };
  const about = target ?? repository;
  if (about !== undefined) return { column: 'target', value: about };
  return principal?.includes('/') ? { column: 'principal', value: principal } : undefined;
};
