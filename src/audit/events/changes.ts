import { maskSecrets } from '../../observe/mask.ts';

/**
 * The fields of which an event may tell what they were and are now. The list is closed: no secret, no body and no text
 * of unbounded length stands in it.
 */
export const CHANGED_FIELDS = [
  'name',
  'description',
  'state',
  'locked',
  'disabled',
  'expires_at',
  'holder',
  'subject',
  'roles',
  'access',
  'actions',
  'members',
  'groups',
  'trust',
  'digest',
  'tags',
  'namespace',
  'resource_group',
  'readonly',
  'registry_tokens',
  'storage_limit',
  'traffic_limit',
  'plan',
  'private_only',
  'platform_metrics',
  'settings',
  'pulls',
  'dry_run',
  'purpose',
  'host',
] as const;

export type ChangedField = (typeof CHANGED_FIELDS)[number];

export type ChangedValue = string | number | boolean | null | readonly string[];

/** What a field was, and what it is now; one of them alone where it was added or removed. */
export interface Change {
  readonly from?: ChangedValue | undefined;
  readonly to?: ChangedValue | undefined;
}

export type Changes = Readonly<Partial<Record<ChangedField, Change>>>;

const LONGEST_TEXT = 200;
const LONGEST_LIST = 20;

/** The changes as a column keeps them, every text and list cut to its bound; null where nothing is told. */
export const printChanges = (changes: Changes | undefined): string | null => {
  const told = Object.entries(changes ?? {}).filter(
    ([, { from, to }]) => !isSame(from, to) && !isEmpty({ from, to }),
  );
  if (told.length === 0) return null;
  return JSON.stringify(Object.fromEntries(told.map(([field, change]) => [field, boundedChange(change)])));
};

export const parseChanges = (text: string | null): Changes | undefined =>
  text === null ? undefined : (JSON.parse(text) as Changes);

/** Nothing is told of what was null before and is not there now. */
const isEmpty = ({ from, to }: Change): boolean => (from ?? to ?? null) === null;

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const boundedChange = ({ from, to }: Change): Change => ({
  ...(from === undefined ? {} : { from: bounded(from) }),
  ...(to === undefined ? {} : { to: bounded(to) }),
});

const told = (text: string): string => maskSecrets(text).slice(0, LONGEST_TEXT);

const bounded = (value: ChangedValue): ChangedValue => {
  if (typeof value === 'string') return told(value);
  return Array.isArray(value) ? value.slice(0, LONGEST_LIST).map(told) : value;
};

type Known<Field extends ChangedField> = Readonly<Partial<Record<Field, ChangedValue>>>;

/** What these fields were and are; one side alone where the thing began or ended with the change. */
export const changesBetween = <Field extends ChangedField>(
  before: Known<Field> | undefined,
  after: Known<Field> | undefined,
  fields: readonly Field[],
): Changes =>
  Object.fromEntries(
    fields.map((field) => [field, { from: before?.[field], to: after?.[field] }]),
  ) as Changes;
