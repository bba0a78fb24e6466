import { isIndex } from '../../oci/media-type.ts';
import { matchesAny } from './patterns.ts';
import { ALL, type RetentionPolicy, type RetentionRule } from './retention-policy.ts';

/** What is known of an image of a repository when it is decided on. Times in epoch milliseconds. */
export interface ImageFacts {
  readonly digest: string;
  readonly mediaType: string;
  /** When it was built, as its config says; null where it does not say. */
  readonly builtAt: number | null;
  /** The push, or the restoration after it. */
  readonly pushedAt: number;
  /** What orders it among the others: its creation date, or when it was restored. */
  readonly rankedAt: number | null;
  /** Its tags, with when each was set last. Tags that attach it to an image that is there are not among them. */
  readonly tags: readonly { readonly name: string; readonly setAt: number }[];
  /** It has more tags than are looked at. */
  readonly isMore: boolean;
  /** An index of the repository that lists it. */
  readonly heldBy: string | undefined;
  /** Its subject, where that is in the repository. */
  readonly subject: string | undefined;
  /** Manifests of the repository refer to it: they go when it goes. */
  readonly isReferredTo: boolean;
  /** The image it is attached to by a tag such as `sha256-….sig`, where that is there or in the trash. */
  readonly attachedTo: string | undefined;
  /** Why a protected tag or a hold keeps it. */
  readonly protection: string | undefined;
}

/** What time without a pull is counted from: since when pulls are recorded; or why there is nothing to count. */
export type PullsKnown = number | 'not recorded' | 'unknown';

export interface DecisionContext {
  readonly policy: RetentionPolicy;
  /** The repository's name without the namespace. */
  readonly repository: string;
  readonly at: number;
  /** How long an untagged image may wait for what is to name it, milliseconds. */
  readonly grace: number;
  readonly pulls: PullsKnown;
}

export type Reason =
  | 'protected'
  | 'listed'
  | 'referrer'
  | 'referred'
  | 'attachment'
  | 'many-tags'
  | 'threshold'
  | 'new-untagged'
  | 'untagged-retained'
  | 'index'
  | 'undated'
  | 'newest'
  | 'all-retained'
  | 'rule'
  | 'recent'
  | 'pulled'
  | 'pulls-unknown'
  | 'beyond-newest'
  | 'untagged';

export interface Decision {
  readonly isDeleted: boolean;
  readonly reason: Reason;
  /** The same in words. */
  readonly because: string;
  /** It goes only if it was not pulled, which was not asked yet. */
  readonly ifNotPulledSince?: number | undefined;
}

/** The number of the rule that decides about a tag; BASE where none does and `imagesPerRepo` decides. */
export const BASE = -1;

const DAY = 24 * 3_600_000;
/** What is dated earlier than that was not dated when it was built: tools that build the same bytes again set a constant. */
const FIRST_DATE = Date.parse('2013-01-19T00:13:39Z');

/** Whether an image has a creation date to be ordered by. IBM keeps the others always, and does not count them. */
export const isDated = ({ mediaType, builtAt }: Pick<ImageFacts, 'mediaType' | 'builtAt'>): boolean =>
  !isIndex(mediaType) && builtAt !== null && builtAt >= FIRST_DATE;

/** The rules of a policy that match a repository, each with its number. */
const rulesFor = ({ policy, repository }: DecisionContext): [number, RetentionRule][] =>
  [...policy.rules.entries()].filter(([, { repositories }]) => matchesAny(repositories, repository));

/** By which rules an image is decided on, one for each of its tags; or the one for untagged images. */
export const groupsOf = (
  context: DecisionContext,
  { tags }: Pick<ImageFacts, 'tags'>,
): ReadonlySet<number> => {
  const rules = rulesFor(context);
  if (tags.length === 0) return new Set([rules.find(([, { untagged }]) => untagged)?.[0] ?? BASE]);
  return new Set(
    tags.map(
      ({ name }) => rules.find(([, rule]) => !rule.untagged && matchesAny(rule.tags, name))?.[0] ?? BASE,
    ),
  );
};

/** How many images a rule keeps of each repository; ALL where it does not count. */
export const limitOf = ({ rules, imagesPerRepo }: RetentionPolicy, group: number): number =>
  group === BASE ? imagesPerRepo : (rules[group]?.imagesPerRepo ?? ALL);

const kept = (reason: Reason, because: string): Decision => ({ isDeleted: false, reason, because });
const deleted = (reason: Reason, because: string): Decision => ({ isDeleted: true, reason, because });

/**
 * Whether an image is kept, and why. `surplus`: the rules of which as many images are newer as the rule keeps. An image goes
 * only when each of its tags may go.
 */
export const decide = (
  context: DecisionContext,
  image: ImageFacts,
  surplus: ReadonlySet<number>,
): Decision => {
  const held = keptByOthers(context, image);
  if (held) return held;
  const decisions = [...groupsOf(context, image)].map((group) => decideBy(group, context, image, surplus));
  const keeping = decisions.find(({ isDeleted }) => !isDeleted);
  if (keeping) return keeping;
  const since = decisions.flatMap(({ ifNotPulledSince }) => ifNotPulledSince ?? []);
  const [first = kept('rule', 'no rule decides about it')] = decisions;
  return since.length === 0 ? first : { ...first, ifNotPulledSince: Math.min(...since) };
};

/** What keeps an image whatever the policy counts. */
const keptByOthers = ({ policy, at }: DecisionContext, image: ImageFacts): Decision | undefined => {
  if (image.protection !== undefined) return kept('protected', image.protection);
  if (image.heldBy !== undefined) return kept('listed', `the index ${image.heldBy} lists it`);
  if (image.subject !== undefined)
    return kept('referrer', `it refers to ${image.subject}, which is here; it goes when that goes`);
  if (image.attachedTo !== undefined) return kept('attachment', `it is attached to ${image.attachedTo}`);
  if (image.isMore) return kept('many-tags', 'it has more tags than are looked at');
  const days = policy.deletionThresholdDays;
  const born = Math.max(image.pushedAt, image.builtAt ?? 0);
  if (days > 0 && at - born < days * DAY)
    return kept('threshold', `it was created or pushed less than ${counted(days, 'day')} ago`);
  return undefined;
};

const decideBy = (
  group: number,
  context: DecisionContext,
  image: ImageFacts,
  surplus: ReadonlySet<number>,
): Decision => {
  const isUntagged = image.tags.length === 0;
  if (isUntagged && context.at - image.pushedAt < context.grace)
    return kept('new-untagged', 'it was pushed just now, and what is to name it may follow');
  const rule = context.policy.rules[group];
  if (rule) return decideByRule(`rule ${group + 1}`, rule, group, context, image, surplus);
  const { imagesPerRepo, retainUntagged } = context.policy;
  if (isUntagged && retainUntagged) return kept('untagged-retained', 'untagged images are retained');
  if (!isUntagged && imagesPerRepo === ALL) return kept('all-retained', 'all tagged images are retained');
  const undated = keptUndated(image);
  if (undated) return undated;
  if (isUntagged) return deleted('untagged', 'no tag, no index and no subject holds it');
  return surplus.has(group)
    ? deleted('beyond-newest', `${counted(imagesPerRepo, 'image')} of the repository are newer`)
    : kept('newest', `it is among the ${imagesPerRepo} newest images of the repository`);
};

/** IBM keeps these always: there is no telling how old they are. */
const keptUndated = (image: ImageFacts): Decision | undefined => {
  if (isIndex(image.mediaType)) return kept('index', 'it is a manifest list, which has no creation date');
  if (image.builtAt === null) return kept('undated', 'it has no creation date');
  return isDated(image) ? undefined : kept('undated', 'its creation date is a constant, earlier than 2013');
};

const decideByRule = (
  name: string,
  rule: RetentionRule,
  group: number,
  { at, pulls }: DecisionContext,
  image: ImageFacts,
  surplus: ReadonlySet<number>,
): Decision => {
  const { imagesPerRepo, olderThanDays, notPulledForDays } = rule;
  if ((imagesPerRepo ?? olderThanDays ?? notPulledForDays) === undefined)
    return kept('rule', `${name} keeps it`);
  if (imagesPerRepo !== undefined) {
    const undated = keptUndated(image);
    if (undated) return undated;
    if (!surplus.has(group))
      return kept('newest', `it is among the ${imagesPerRepo} newest images of ${name} in the repository`);
  }
  const setAt = Math.max(image.pushedAt, ...image.tags.map((tag) => tag.setAt));
  if (olderThanDays !== undefined && at - setAt < olderThanDays * DAY)
    return kept('recent', `it was pushed or tagged less than ${counted(olderThanDays, 'day')} ago (${name})`);
  const going = deleted('rule', `${name}: ${conditionsOf(rule).join(', ')}`);
  return notPulledForDays === undefined
    ? going
    : ifNotPulled(going, name, notPulledForDays, setAt, at, pulls);
};

const ifNotPulled = (
  going: Decision,
  name: string,
  days: number,
  setAt: number,
  at: number,
  pulls: PullsKnown,
): Decision => {
  if (pulls === 'not recorded')
    return kept('pulls-unknown', `the account records no pulls, so ${name} deletes nothing`);
  if (pulls === 'unknown')
    return kept('pulls-unknown', `not every replica records pulls yet, so ${name} deletes nothing`);
  const since = at - days * DAY;
  if (Math.max(setAt, pulls) > since)
    return kept(
      'pulled',
      `it was pushed or tagged, or pulls are recorded, for less than ${counted(days, 'day')} (${name})`,
    );
  return { ...going, ifNotPulledSince: since };
};

/** The decision about an image with which something would go that is kept. */
export const keptAsReferred = (digest: string, because: string): Decision =>
  kept('referred', `${digest} refers to it, would go with it, and is kept: ${because}`);

/** The decision about an image that turned out to have been pulled. */
export const keptAsPulled = (lastAt: number): Decision =>
  kept('pulled', `it was pulled at ${new Date(lastAt).toISOString()}`);

const conditionsOf = ({ imagesPerRepo, olderThanDays, notPulledForDays }: RetentionRule): string[] => [
  ...(imagesPerRepo === undefined ? [] : [`${counted(imagesPerRepo, 'image')} newer`]),
  ...(olderThanDays === undefined
    ? []
    : [`pushed and tagged ${counted(olderThanDays, 'day')} ago or longer`]),
  ...(notPulledForDays === undefined ? [] : [`not pulled for ${counted(notPulledForDays, 'day')}`]),
];

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
