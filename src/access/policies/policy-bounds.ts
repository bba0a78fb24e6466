import { MOST_BYTES } from './rows.ts';

/** What a new policy may hold beside its terms. Policies stored before there were bounds may hold more. */
const MOST = { description: 1000, displayName: 100, days: 7 };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Why a new policy is too large; undefined where it is not. To be asked of documents that can be read: of these, only the
 * parts that mean nothing to a decision, and the lists of days, have no bound of their own.
 */
export const faultOfBounds = (document: Fields): string | undefined => {
  const loose =
    faultOfText('description', document.description, MOST.description) ??
    rolesOf(document).reduce<string | undefined>(
      (fault, role) =>
        fault ??
        faultOfText('display_name', role.display_name, MOST.displayName) ??
        faultOfText('description', role.description, MOST.description),
      undefined,
    ) ??
    faultOfDays(document.rule);
  if (loose) return loose;
  const bytes = Buffer.byteLength(JSON.stringify(document));
  return bytes > MOST_BYTES
    ? `a policy has at most ${MOST_BYTES} bytes, and this one has ${bytes}; divide it into several policies`
    : undefined;
};

const faultOfText = (name: string, value: unknown, most: number): string | undefined =>
  value === undefined || (typeof value === 'string' && value.length <= most)
    ? undefined
    : `${name} must be a text of at most ${most} characters`;

/** The roles of a policy of either version. */
const rolesOf = ({ roles, control }: Fields): readonly Fields[] =>
  (roles ?? (control as { grant: Fields } | undefined)?.grant.roles ?? []) as readonly Fields[];

/** A rule's conditions are nested once. */
const faultOfDays = (rule: unknown): string | undefined => {
  const conditions = [rule, ...conditionsOf(rule)].flatMap((each) => [each, ...conditionsOf(each)]);
  const long = conditions.some((each) => {
    const { value } = (each ?? {}) as Fields;
    return Array.isArray(value) && value.length > MOST.days;
  });
  return long ? `a list of days has at most ${MOST.days} days; name each day once` : undefined;
};

const conditionsOf = (condition: unknown): readonly unknown[] => {
  const { conditions } = (condition ?? {}) as Fields;
  return Array.isArray(conditions) ? conditions : [];
};
