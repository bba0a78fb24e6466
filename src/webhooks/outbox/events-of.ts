import type { AuditedEvent } from '../../audit/events/room.ts';
import type { HookEventKind } from '../hooks/hook.ts';

/** What of an audit event hooks are told: who did it is added where names are known (outbox.ts). */
export interface Told {
  readonly kind: HookEventKind;
  /** Of an image: the full name of its repository. */
  readonly repository?: string;
  readonly tag?: string;
  readonly tags?: readonly string[];
  readonly digest?: string;
  readonly previousDigest?: string;
  readonly times?: number;
  readonly says?: string;
  readonly subject?: string;
}

const IMAGE = 'container-registry.image.';
const DIGEST = /^[a-z0-9+._-]+:[0-9a-f]{32,}$/i;

/** Events for hooks, of an event of the audit log: mostly none, of a push that moves a tag two. What was refused is none. */
export const eventsOf = (event: AuditedEvent): Told[] => {
  const { action, outcome } = event;
  if (outcome !== 'success') return [];
  if (action.startsWith(IMAGE)) return ofImage(event, action.slice(IMAGE.length));
  if (action === 'container-registry.trash.restore') return restored(event);
  if (action === 'tidegate.warning.raise') return warned(event);
  if (/^iam-identity\.(user|serviceid)-apikey\.leaked$/.test(action))
    return [{ kind: 'key.leaked', subject: event.targetName ?? event.target, says: event.reason ?? '' }];
  return [];
};

const ofImage = (event: AuditedEvent, verb: string): Told[] => {
  const { target: repository, reference = '', digest, changed, times } = event;
  const tag = DIGEST.test(reference) ? {} : { tag: reference };
  const of = { repository, ...(digest === undefined ? {} : { digest }) };
  switch (verb) {
    case 'push':
    case 'tag':
      return [{ kind: 'image.pushed', ...of, ...tag }, ...moved(event, { ...of, ...tag })];
    case 'pull':
      return [{ kind: 'image.pulled', ...of, ...tag, times }];
    case 'delete':
      return [{ kind: 'image.deleted', ...of, tags: textsOf(changed?.tags?.from) }];
    case 'untag':
      return untagged(event, repository);
    default:
      return [];
  }
};

/** A tag that stood for another image before. */
const moved = ({ changed }: AuditedEvent, of: Omit<Told, 'kind'>): Told[] => {
  const from = changed?.digest?.from;
  if (typeof from !== 'string' || from === of.digest || of.tag === undefined) return [];
  return [{ kind: 'tag.changed', ...of, previousDigest: from }];
};

/** One tag, or some of the very many of an image that is being deleted. */
const untagged = ({ reference = '', digest, changed }: AuditedEvent, repository: string): Told[] => {
  const before = digest === undefined ? {} : { previousDigest: digest };
  if (!DIGEST.test(reference)) return [{ kind: 'tag.changed', repository, tag: reference, ...before }];
  return textsOf(changed?.tags?.from).map((tag) => ({ kind: 'tag.changed', repository, tag, ...before }));
};

/** What comes back stands there as if it were pushed: once for each tag. */
const restored = ({ target: repository, digest, changed }: AuditedEvent): Told[] => {
  const of = { kind: 'image.pushed', repository, ...(digest === undefined ? {} : { digest }) } as const;
  const tags = textsOf(changed?.tags?.to);
  return tags.length === 0 ? [of] : tags.map((tag) => ({ ...of, tag }));
};

const KINDS: Readonly<Record<string, HookEventKind>> = {
  'storage-quota-fills': 'quota.warning',
  'traffic-quota-fills': 'quota.warning',
  'api-key-ends': 'key.expiring',
  'registry-token-ends': 'key.expiring',
  'backup-fails': 'backup.failed',
  'collection-fails': 'collection.failed',
};

const warned = ({ targetType = '', target, targetName, reason = '' }: AuditedEvent): Told[] => {
  const kind = Object.hasOwn(KINDS, targetType) ? KINDS[targetType] : undefined;
  return kind === undefined ? [] : [{ kind, subject: targetName ?? target, says: reason }];
};

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
