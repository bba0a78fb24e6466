import {
  type Judged,
  keepsEverything,
  type RetentionPolicy as Policy,
  type RetentionRule as Rule,
  type RetentionRun as Run,
  type StandingPolicy,
} from '../../lifecycle/room.ts';
import type {
  RetentionLine,
  RetentionPolicy,
  RetentionRule,
  RetentionRun,
  RetentionTerms,
} from '../../wire/retentions.ts';
import { timestamp } from '../timestamp.ts';

/** IBM's default of `images_per_repo` is all, and of `retain_untagged` false. */
export const policyOf = (terms: RetentionTerms): Policy => ({
  imagesPerRepo: terms.images_per_repo ?? -1,
  retainUntagged: terms.retain_untagged ?? false,
  deletionThresholdDays: terms.deletion_threshold_days ?? 0,
  rules: (terms.rules ?? []).map((rule) => ({
    repositories: rule.repositories ?? ['*'],
    tags: rule.tags ?? (rule.untagged ? [] : ['*']),
    untagged: rule.untagged ?? false,
    imagesPerRepo: rule.images_per_repo,
    olderThanDays: rule.older_than_days,
    notPulledForDays: rule.not_pulled_for_days,
  })),
});

const ruleOf = (rule: Rule): RetentionRule => ({
  repositories: [...rule.repositories],
  ...(rule.untagged ? { untagged: true } : { tags: [...rule.tags] }),
  ...(rule.imagesPerRepo === undefined ? {} : { images_per_repo: rule.imagesPerRepo }),
  ...(rule.olderThanDays === undefined ? {} : { older_than_days: rule.olderThanDays }),
  ...(rule.notPulledForDays === undefined ? {} : { not_pulled_for_days: rule.notPulledForDays }),
});

/** IBM's three fields always; ours where they say something. */
export const documentOf = (
  namespace: string,
  { policy, waitsForAnalysis, nextRunAt }: StandingPolicy,
): RetentionPolicy => ({
  namespace,
  images_per_repo: policy.imagesPerRepo,
  retain_untagged: policy.retainUntagged,
  ...(policy.deletionThresholdDays === 0 ? {} : { deletion_threshold_days: policy.deletionThresholdDays }),
  ...(policy.rules.length === 0 ? {} : { rules: policy.rules.map(ruleOf) }),
  ...(waitsForAnalysis ? { waits_for_analysis: true } : {}),
  ...(nextRunAt === undefined || keepsEverything(policy) ? {} : { next_run_at: timestamp(nextRunAt) }),
});

export const runDocumentOf = (namespace: string, run: Run): RetentionRun => ({
  id: run.id,
  namespace,
  cause: run.cause,
  requested_at: timestamp(run.requestedAt),
  requested_by: run.requestedBy,
  ...(run.startedAt === undefined ? {} : { started_at: timestamp(run.startedAt) }),
  ...(run.finishedAt === undefined ? {} : { finished_at: timestamp(run.finishedAt) }),
  outcome: run.outcome,
  ...(run.reason === undefined ? {} : { reason: run.reason }),
  images: run.looked,
  deleted: run.deleted,
  changed: run.changed,
  failed: run.failed,
  reasons: { ...run.reasons },
  failures: [...run.failures],
});

type Pages = AsyncIterable<readonly Judged[]>;

const nameOf = (host: string, { repository, image }: Judged): string =>
  `${host}/${repository.name}@${image.digest}`;

/** IBM's map of what would be deleted, a page at a time: pages come repository by repository. */
export async function* analysisText(host: string, pages: Pages): AsyncIterable<string> {
  let text = '{';
  let open: string | undefined;
  for await (const page of pages) {
    for (const judged of page) {
      if (!judged.decision.isDeleted) continue;
      const repository = `${host}/${judged.repository.name}`;
      if (open !== repository) text += `${open === undefined ? '' : '],'}${JSON.stringify(repository)}:[`;
      else text += ',';
      open = repository;
      text += JSON.stringify(nameOf(host, judged));
    }
    // also where nothing of the page is deleted: see jsonOfEntries
    yield text;
    text = '';
  }
  yield `${text}${open === undefined ? '' : ']'}}`;
}

/** A line for every image, with the reason, and a last line. */
export async function* explanationOf(host: string, pages: Pages): AsyncIterable<RetentionLine[]> {
  let images = 0;
  let deleted = 0;
  for await (const page of pages) {
    images += page.length;
    deleted += page.filter(({ decision }) => decision.isDeleted).length;
    yield page.map((judged) => lineOf(host, judged));
  }
  yield [{ kind: 'end', images, deleted }];
}

const lineOf = (host: string, judged: Judged): RetentionLine => ({
  kind: 'image',
  image: nameOf(host, judged),
  tags: judged.image.tags.map(({ name }) => name).sort(),
  deleted: judged.decision.isDeleted,
  reason: judged.decision.reason,
  because: judged.decision.because,
});
