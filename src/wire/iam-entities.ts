/** What the entities of IAM identity have in common. Source: IBM IAM Identity Services API. */
import { Type } from 'typebox';

/** IBM's form; anything else is a 400 before anything is asked about it. */
export const AccountId = Type.String({ maxLength: 32, pattern: '^[0-9a-f]{32}$', description: 'Account id' });
export const EntityName = Type.String({ minLength: 1, maxLength: 256 });
export const EntityDescription = Type.String({ maxLength: 1000 });
export const IamDate = Type.String({ maxLength: 50, description: 'yyyy-MM-ddTHH:mm+0000, UTC' });

/** What helps to find a request in a log. */
export const ResponseContext = Type.Object({
  transaction_id: Type.String(),
  operation: Type.String(),
  user_agent: Type.String(),
  url: Type.String(),
  instance_id: Type.String(),
  thread_id: Type.String(),
  host: Type.String(),
  start_time: Type.String(),
  end_time: Type.String(),
  elapsed_time: Type.String(),
  cluster_name: Type.String(),
});

/** One thing that was done to an entity. */
export const HistoryRecord = Type.Object({
  timestamp: Type.String(),
  iam_id: Type.String({ description: 'Who did it' }),
  iam_id_account: Type.String(),
  action: Type.String(),
  params: Type.Array(Type.String()),
  message: Type.String(),
});

export const History = Type.Array(HistoryRecord, {
  description:
    'Newest first; where include_history asks. The newest hundred, in a list the newest ten of each',
});

/** Query of every list. */
export const PAGE_QUERY = {
  pagesize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  pagetoken: Type.Optional(Type.String({ maxLength: 4000 })),
  sort: Type.Optional(Type.String({ maxLength: 50 })),
  order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
  filter: Type.Optional(Type.String({ maxLength: 1000 })),
  include_history: Type.Optional(Type.Boolean()),
};

/** What a page says beside its items; `next` is a full URL that holds `pagetoken`, and is absent on the last page. */
export const PAGE = {
  context: Type.Optional(ResponseContext),
  offset: Type.Optional(Type.Integer()),
  limit: Type.Optional(Type.Integer()),
  first: Type.Optional(Type.String()),
  previous: Type.Optional(Type.String()),
  next: Type.Optional(Type.String()),
};
