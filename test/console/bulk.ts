import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { BrowserLab, Visit } from './browser-lab.ts';
import { Pusher } from './images.ts';

const AT_ONCE = 10;

/**
 * Pushes many images, each under a tag of its own, and two that a filter for `old` does not find. The first image has another
 * tag, and a signature.
 */
export const pushMany = async (lab: BrowserLab, repository: string, count: number): Promise<void> => {
  const pusher = new Pusher(lab.registry);
  const tags = ['new-1', 'new-2', ...Array.from({ length: count }, (_, index) => `old-${index}`)];
  for (let start = 0; start < tags.length; start += AT_ONCE)
    await Promise.all(
      tags.slice(start, start + AT_ONCE).map((tag) => pusher.image(repository, [tag], { layer: tag })),
    );
  const subject = await pusher.image(repository, ['twin'], { layer: 'old-0' });
  const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
  await pusher.image(repository, [], { artifactType, layer: '{}', subject });
};

/** Deletes all that a filter finds, on all pages: what goes along is named. One is protected, so it is named and stays. */
export const deleteAllThatMatch = async (
  { registry }: BrowserLab,
  visit: Visit,
  { repository, count }: { repository: string; count: number },
): Promise<void> => {
  const [namespace = ''] = repository.split('/');
  const made = await registry.api('POST', `/api/v1/namespaces/${namespace}/protections`, { tags: 'old-7' });
  ok(made.ok, await made.text());
  await visit.goTo(`/repositories/${repository}?q=old`);
  await visit.settled();
  await visit.field('Select All').check();
  await visit.says('50 selected').waitFor();
  await visit.button(/^Select all that match/).click();
  await visit.says(`${count} selected`).waitFor();
  await visit.button('Delete images').click();
  await visit.field(`Type ${count} to confirm`).fill(String(count));
  const goes = await visit.goes();
  equal(goes[0], `${repository}:twin (not selected, the same image)`);
  equal(goes.length, count + 1);
  await visit.says('What is attached goes too, as signatures and SBOMs: 1.', visit.dialog).waitFor();
  await visit.refuseBarriers();
  await visit.inDialog(`Delete ${count} images`).click();
  await visit.says('could not be removed', visit.dialog).waitFor({ timeout: 60_000 });
  const [refused, ...others] = await visit.goes();
  match(refused ?? '', /old-7 .*protect/i);
  deepEqual(others, []);
  await visit.inDialog('Close').click();
  const left = await registry.v2('GET', `${repository}/tags/list`);
  deepEqual(((await left.json()) as { tags: string[] }).tags, ['new-1', 'new-2', 'old-7']);
};
