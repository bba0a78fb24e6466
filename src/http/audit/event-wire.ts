import { type AuditedEvent, isDataEvent, severityOf } from '../../audit/events/room.ts';
import type { AuditEvent } from '../../wire/audit.ts';

/** An event as IBM's Activity Tracker writes one. */
export const wireOfEvent = (event: AuditedEvent): AuditEvent => ({
  id: event.id,
  ...given({ sequence: event.number, account: event.accountId }),
  eventTime: timeOf(event.at),
  action: event.action,
  outcome: event.outcome,
  severity: severityOf(event),
  dataEvent: isDataEvent(event),
  initiator: initiatorOf(event),
  target: {
    id: event.target,
    typeURI: `${serviceOf(event.action)}/${event.targetType ?? objectOf(event.action)}`,
    ...given({ name: event.targetName, reference: event.reference, digest: event.digest }),
  },
  reason: {
    reasonCode: event.status ?? (event.outcome === 'success' ? 200 : 400),
    ...given({ reasonForFailure: event.outcome === 'failure' ? event.reason : undefined }),
  },
  ...given({ requestData: requestDataOf(event), correlationId: event.requestId, region: event.region }),
  message: messageOf(event),
  observer: { name: 'tidegate', ...given({ replica: event.replica }) },
  count: event.times,
  ...(event.times > 1 ? { lastTime: timeOf(event.lastAt) } : {}),
});

/** The changes have no undefined fields: they come from JSON. */
const requestDataOf = ({ changed }: AuditedEvent): AuditEvent['requestData'] | undefined =>
  changed as AuditEvent['requestData'] | undefined;

/** IBM's form of a time: `+0000` in place of `Z`. */
const timeOf = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/** Without the fields that are undefined. */
const given = <Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** `container-registry` of `container-registry.image.push`. */
const serviceOf = (action: string): string => action.split('.', 1)[0] ?? '';
const objectOf = (action: string): string => action.split('.')[1] ?? '';

const TYPES: Readonly<Record<string, string>> = {
  user: 'service/security/account/user',
  'service-id': 'service/security/account/serviceid',
  profile: 'service/security/account/profile',
  'registry-token': 'service/security/account/registrytoken',
  system: 'service/security/job',
  anonymous: 'service/security/anonymous',
};

const initiatorOf = (event: AuditedEvent): AuditEvent['initiator'] => {
  const { principal, credentialId, address, agent, claims } = event;
  const [kind = '', name = ''] = split(principal, ':');
  const [account, id] = name.includes('/') ? split(name, '/') : [undefined, name];
  return {
    id: id || kind,
    typeURI: TYPES[kind] ?? 'service/security',
    ...given({ account, claims }),
    ...(credentialId === undefined ? {} : { credential: credentialOf(kind, credentialId) }),
    host: given({ address, agent }),
  };
};

const split = (text: string, sign: string): [string, string] => {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
};

/** IBM's words for kinds of credentials; the id tells which it is, as it was made here. */
const credentialOf = (kind: string, id: string): { type: string; id: string } => {
  if (kind === 'registry-token') return { type: 'token', id };
  if (id.startsWith('ApiKey-')) return { type: kind === 'service-id' ? 'apikey-serviceid' : 'apikey', id };
  return { type: kind === 'profile' ? 's2s-authorization' : 'token', id };
};

/** A sentence for a list: `container-registry: push image birds/app:1.0`. */
const messageOf = (event: AuditedEvent): string => {
  const { action, target, targetName, reference, outcome, reason } = event;
  const [service = '', object = '', ...verbs] = action.split('.');
  const named = targetName ?? (reference === undefined ? target : `${target}${joined(reference)}`);
  const what = `${service}: ${verbs.join(' ')} ${object} ${named}`;
  if (outcome === 'failure') return `${what} -failure${reason === undefined ? '' : `: ${reason}`}`;
  return reason === undefined ? what : `${what}: ${reason}`;
};

const joined = (reference: string): string => (reference.includes(':') ? `@${reference}` : `:${reference}`);
