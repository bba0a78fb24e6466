import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AccessGroup, GroupMemberList } from '../../src/wire/access-groups.ts';
import type { ServiceId } from '../../src/wire/service-ids.ts';
import { invite } from '../identity/people.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('access groups in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  let group: AccessGroup;
  let serviceIds: readonly string[];
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
    const account_id = lab.registry.accountId;
    group = await json('POST', `/v2/groups?account_id=${account_id}`, { name: 'builders' });
    const made = Array.from({ length: 60 }, (_, index) =>
      json<ServiceId>('POST', '/v1/serviceids', {
        account_id,
        name: `robot-${String(index).padStart(2, '0')}`,
      }),
    );
    serviceIds = (await Promise.all(made)).map(({ iam_id: iamId }) => iamId);
  });
  after(() => lab[Symbol.asyncDispose]());

  const json = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
    const response = await lab.registry.api(method, path, body);
    ok(response.ok, `${method} ${path}: ${response.status}`);
    return (await response.json()) as Body;
  };
  const members = async (): Promise<number> =>
    (await json<GroupMemberList>('GET', `/v2/groups/${group.id}/members`)).total_count;
  const shown = async (): Promise<void> => {
    await visit.goTo(`/groups/${group.id}`);
    await visit.settled();
  };
  const lines = (): Promise<string[]> => visit.page.locator('tbody th').allInnerTexts();

  test('fifty members are added at once, and each who was refused is named with the reason', async () => {
    await shown();
    await visit.button('Add members').click();
    const typed = [...serviceIds.slice(0, 48), 'robot', 'absent@example.com'];
    await visit.field('Who, one on a line').fill(typed.join('\n'));
    await visit.refuseBarriers();
    await visit.picture('group-add-members');
    await visit.inDialog('Add').click();
    await visit.says('These were refused', visit.dialog).waitFor();
    const refused = await visit.goes();
    equal(refused.length, 2);
    match(refused.join('\n'), /absent@example\.com.*no user/i);
    match(refused.join('\n'), /robot .*not an IAM id/);
    equal((await visit.field('Who, one on a line').inputValue()).split('\n').length, 2);
    await visit.refuseBarriers();
    await visit.picture('group-members-refused');
    equal(await members(), 48);
    // a user is added by the address
    await invite(lab.registry, 'ada@example.com');
    await visit.field('Who, one on a line').fill(`ADA@example.com, ${serviceIds.slice(48).join(' ')}`);
    await visit.inDialog('Add').click();
    await visit.dialog.waitFor({ state: 'detached' });
    equal(await members(), 61);
  });

  test('sixty members are paged by the server, found by a part of the name, and each leads to its page', async () => {
    await shown();
    await visit.says('50 of 61').waitFor();
    await visit.picture('group-members');
    const first = await lines();
    await visit.link('Next page').click();
    await visit.says('11 of 61').waitFor();
    const second = await lines();
    deepEqual([first.length, new Set([...first, ...second]).size], [50, 61]);
    await visit.link('First page').click();
    await visit.field('Filter').fill('robot-59');
    await visit.says('1 shown').waitFor();
    deepEqual(await lines(), ['robot-59']);
    await visit.link('robot-59').click();
    await visit.titled('Service ID robot-59').waitFor();
  });

  test('several members are removed at once, after a question that names them', async () => {
    await shown();
    const before = await members();
    for (const index of [0, 2]) await visit.page.locator('tbody input[type=checkbox]').nth(index).check();
    await visit.button('Remove from the group').click();
    equal((await visit.goes()).length, 2);
    await visit.refuseBarriers();
    await visit.inDialog('Remove').click();
    await visit.says(`50 of ${before - 2}`).waitFor();
    equal(await members(), before - 2);
  });

  test('two who rename a group at once see both versions, and nothing typed is lost', async () => {
    await shown();
    await visit.button('Change').click();
    await visit.field('Name').fill('makers');
    const { access_token: token } = await lab.registry.login();
    const path = `/v2/groups/${group.id}`;
    const etag = (await lab.registry.api('GET', path)).headers.get('etag') ?? '';
    const other = await lab.registry.fetch(path, {
      method: 'PATCH',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'If-Match': etag },
      body: JSON.stringify({ description: 'theirs' }),
    });
    equal(other.status, 200);
    visit.expectRefusal(412);
    await visit.inDialog('Save').click();
    await visit.says('theirs', visit.dialog).waitFor();
    equal(await visit.field('Name').inputValue(), 'makers');
    await visit.refuseBarriers();
    await visit.inDialog('Save').click();
    await visit.titled('Access group makers').waitFor();
    equal((await json<AccessGroup>('GET', path)).name, 'makers');
  });
});
