/** What needs attention, /api/v1/warnings: Tidegate's own. Times are RFC 3339. */
import { type Static, Type } from 'typebox';

const Time = Type.String({ format: 'date-time' });

export const WarningQuery = Type.Object({
  account: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'Another account, or `all` with the installation (operator); without it, what the caller may see',
    }),
  ),
  start: Type.Optional(Type.String({ maxLength: 1000, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});

export const Warning = Type.Object({
  kind: Type.String({ description: 'api-key-ends, disk-fills, …; docs/operate/alerts.md has them all' }),
  account_id: Type.Optional(Type.String({ description: 'Absent: it concerns the installation' })),
  target: Type.String({ description: 'The id of what it is about' }),
  name: Type.String({ description: 'What people call it' }),
  level: Type.Integer({ description: 'The lower, the more urgent; of what ends, 30, 7 or 1 days before' }),
  at: Type.String({ format: 'date-time', description: 'When it ends, or since when it is so' }),
  since: Type.String({ format: 'date-time', description: 'When it was found first' }),
  says: Type.String(),
  mend: Type.String({ description: 'The command that mends it' }),
});
export type Warning = Static<typeof Warning>;

export const WarningList = Type.Object({
  warnings: Type.Array(Warning),
  next: Type.Optional(Type.String()),
  looked_at: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'When the last complete look was; absent before the first',
    }),
  ),
  looking: Type.Boolean({ description: 'A look is under way' }),
});
export type WarningList = Static<typeof WarningList>;

export const WarningLook = Type.Object({ asked_at: Time });
