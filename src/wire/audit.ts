/**
 * The audit log, /api/v1/audit: Tidegate's own. An event has the fields that IBM Cloud's Activity Tracker gives one (CADF), and
 * beside them the image, the number, and how many alike it stands for.
 * Source: IBM Cloud docs, `Event fields`, https://cloud.ibm.com/docs/atracker?topic=atracker-event
 */
import { type Static, Type } from 'typebox';

const Text = Type.String();
const Value = Type.Union([Text, Type.Number(), Type.Boolean(), Type.Null(), Type.Array(Text)]);

export const AuditEvent = Type.Object({
  id: Text,
  sequence: Type.Optional(
    Type.Integer({
      description: 'Its place in the one order of all events; absent just after it was written',
    }),
  ),
  account: Type.Optional(Type.String({ description: 'Id of the account it belongs to' })),
  eventTime: Type.String({ description: 'UTC: 2026-11-27T09:30:00.123+0000' }),
  action: Type.String({ description: 'service.object.verb, as IBM names it' }),
  outcome: Type.Union([Type.Literal('success'), Type.Literal('failure')]),
  severity: Type.Union([Type.Literal('normal'), Type.Literal('warning'), Type.Literal('critical')]),
  dataEvent: Type.Boolean({ description: 'About content, not about how it is managed' }),
  initiator: Type.Object({
    id: Type.String({
      description: 'An iam_id, the id of a registry token, the name of a job, or anonymous',
    }),
    typeURI: Text,
    account: Type.Optional(Text),
    credential: Type.Optional(Type.Object({ type: Text, id: Text })),
    host: Type.Object({ address: Type.Optional(Text), agent: Type.Optional(Text) }),
    claims: Type.Optional(Type.Record(Text, Text)),
  }),
  target: Type.Object({
    id: Type.String({ description: 'Of an image the name of its repository' }),
    name: Type.Optional(Text),
    typeURI: Text,
    reference: Type.Optional(Type.String({ description: 'Of an image: the tag or digest that was named' })),
    digest: Type.Optional(Text),
  }),
  reason: Type.Object({
    reasonCode: Type.Integer({ description: 'HTTP status' }),
    reasonForFailure: Type.Optional(Text),
  }),
  requestData: Type.Optional(
    Type.Record(Text, Type.Object({ from: Type.Optional(Value), to: Type.Optional(Value) }), {
      description: 'What changed: a closed list of fields, never a body',
    }),
  ),
  correlationId: Type.Optional(Type.String({ description: 'The request id' })),
  message: Text,
  region: Type.Optional(Text),
  observer: Type.Object({ name: Text, replica: Type.Optional(Text) }),
  count: Type.Integer({ minimum: 1, description: 'How many alike of a minute it stands for' }),
  lastTime: Type.Optional(Type.String({ description: 'When the last of them was' })),
});
export type AuditEvent = Static<typeof AuditEvent>;

const Filter = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 300, description }));
const Moment = (description: string) =>
  Type.Optional(
    Type.String({
      maxLength: 40,
      pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:?\\d\\d))?$',
      description: `${description}: a date, or RFC 3339`,
    }),
  );

export const AuditQuery = Type.Object({
  account: Filter("Id of another account, or `all` (operator). Default: the token's"),
  action: Filter('An action, or its beginning and a star: `container-registry.image.*`'),
  principal: Filter('An iam_id, or the id of a registry token'),
  credential: Filter('Id of an API key, session or registry token'),
  target: Filter('Id of what it was done to'),
  repository: Filter('Name of a repository: `birds/app`'),
  reference: Filter('A tag or digest'),
  address: Filter('Address of the client'),
  text: Filter(
    'A part, in capitals or not, of the action, of who did it and with what, of what it was done to, of the reason or the request id',
  ),
  outcome: Type.Optional(Type.Union([Type.Literal('success'), Type.Literal('failure')])),
  since: Moment('From this time on'),
  until: Moment('Before this time'),
  order: Type.Optional(
    Type.Union([Type.Literal('newest'), Type.Literal('sequence')], {
      description:
        '`newest` (default) goes back in time. `sequence` goes forward in the one order, in which what is committed later comes later',
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'Of the page before' })),
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'In the order `sequence`, without a cursor: begin behind this number',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Default 50' })),
});
export type AuditQuery = Static<typeof AuditQuery>;

/** Query of GET /api/v1/audit/events/export: the filters, and how many events. */
export const AuditExportQuery = Type.Object({
  ...Type.Omit(AuditQuery, ['order', 'cursor', 'after', 'limit']).properties,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Default 10,000' })),
});
export type AuditExportQuery = Static<typeof AuditExportQuery>;

export const AuditEventList = Type.Object({
  events: Type.Array(AuditEvent),
  next: Type.Optional(
    Type.String({
      description:
        'Cursor of the next page. A page may be short, or empty, and have one. In the order `sequence` every page has one: ask again with it later',
    }),
  ),
  more: Type.Boolean({ description: 'Whether the next page is there already' }),
  follow: Type.Optional(
    Type.String({
      description: 'Cursor, in the order `sequence`, of what comes after the first page of the newest',
    }),
  ),
});
export type AuditEventList = Static<typeof AuditEventList>;

export const AuditSettings = Type.Object({
  pulls: Type.Union([Type.Literal('minute'), Type.Literal('each'), Type.Literal('none')], {
    description:
      'Events of pulls: one for all of a minute by the same credential of the same image, one for each, or none',
  }),
});
export type AuditSettings = Static<typeof AuditSettings>;

export const AuditCheckpoint = Type.Object({
  origin: Type.String({ description: 'Name of the log. A restore from a backup begins another' }),
  size: Type.Integer({ description: 'Blocks of this origin' }),
  root: Type.String({ description: 'Root of the Merkle tree of their heads (RFC 6962), base64' }),
  note: Type.String({ description: 'The checkpoint, signed (C2SP tlog-checkpoint): keep it elsewhere' }),
  key: Type.String({ description: 'What verifies the note: name, hash and Ed25519 key' }),
  sealedAt: Text,
  firstEvent: Type.Integer({ description: 'Numbers of the events of its last block' }),
  lastEvent: Type.Integer(),
});
export type AuditCheckpoint = Static<typeof AuditCheckpoint>;

export const AuditCheckpointQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'Of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Default 20' })),
});

export const AuditCheckpointList = Type.Object({
  checkpoints: Type.Array(AuditCheckpoint),
  next: Type.Optional(Text),
});
export type AuditCheckpointList = Static<typeof AuditCheckpointList>;

export const AuditVerifyRequest = Type.Object({
  checkpoint: Type.Optional(
    Type.String({ maxLength: 8192, description: 'A note that was kept elsewhere, to compare with' }),
  ),
});

/** A line of the answer of a verification. */
export const AuditVerifyLine = Type.Object({
  kind: Type.String({
    description:
      'Faults: `changed`, `removed`, `inserted`, `reordered`, `unsealed`, `block`, `checkpoint`. Explained: `retention`, `restored`, `retired`, `agrees`. `progress`, and `end` as the last line',
  }),
  number: Type.Optional(Type.Integer({ description: 'Of the event' })),
  id: Type.Optional(Text),
  sealedAs: Type.Optional(Type.Integer({ description: 'The number under which the event was sealed' })),
  block: Type.Optional(Type.Integer()),
  first: Type.Optional(Type.Integer()),
  last: Type.Optional(Type.Integer({ description: 'Of the last event there is, in `progress` and `end`' })),
  reason: Type.Optional(Text),
  blocks: Type.Optional(Type.Integer()),
  verified: Type.Optional(Type.Integer({ description: 'Events that are as they were sealed' })),
  gone: Type.Optional(Type.Integer({ description: 'Events that retention removed' })),
  faults: Type.Optional(Type.Integer()),
  more: Type.Optional(Type.Integer({ description: 'Faults that are not named' })),
  sealed: Type.Optional(Type.Integer({ description: 'The number up to which events are sealed' })),
});
export type AuditVerifyLine = Static<typeof AuditVerifyLine>;

export const AuditHoldQuery = Type.Object({
  account: Filter("Id of another account (operator). Default: the token's"),
});

export const NewAuditHold = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 300, description: 'Why: it is shown to who lifts it' }),
});

export const AuditHold = Type.Object({
  account: Text,
  held: Type.Boolean(),
  reason: Type.Optional(Text),
  setAt: Type.Optional(Text),
  setBy: Type.Optional(Text),
  until: Type.Optional(Type.String({ description: 'Where it was lifted: it counts until then' })),
});
export type AuditHold = Static<typeof AuditHold>;
