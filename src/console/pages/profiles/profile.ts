import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ProfileClient } from '../../../client/profiles.ts';
import type { Rule, TrustedIdentity } from '../../../wire/profiles.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Tabs } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { showName, titleOf } from '../../routing/page-name.ts';
import { go } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const PoliciesOf = lazily(async () => (await import('../policies/policies.ts')).PoliciesOf);
const NewRule = lazily(async () => (await import('./new-rule.ts')).NewRule);

const text = inBoth(
  {
    title: 'Trusted profile',
    id: 'ID',
    used: 'Last assumed',
    rules: 'Rules',
    identities: 'Identities',
    policies: 'Policies',
    issuer: 'Issuer',
    conditions: 'Conditions',
    seconds: 'Seconds',
    addRule: 'Add a rule',
    noRules: 'No rule lets a token in. A rule names the issuer and what a token must say.',
    noIdentities: 'No service ID, user or profile may become this one.',
    ruleGone: 'What came by the rule has ended.',
    ruleTitle: (name: string) => `Delete rule ${name}`,
    ruleNote: 'Sessions that began by this rule end with the next request.',
    remove: 'Delete profile',
    removeNote: 'Its rules, policies and sessions go with it.',
  },
  {
    title: '신뢰할 수 있는 프로파일',
    id: 'ID',
    used: '마지막 사용',
    rules: '규칙',
    identities: '대상',
    policies: '정책',
    issuer: '발급자',
    conditions: '조건',
    seconds: '초',
    addRule: '규칙 추가',
    noRules: '토큰을 받아들이는 규칙이 없습니다. 규칙은 발급자와 토큰의 내용을 지정합니다.',
    noIdentities: '이 프로파일이 될 수 있는 서비스 ID, 사용자, 프로파일이 없습니다.',
    ruleGone: '이 규칙으로 시작한 세션이 끝났습니다.',
    ruleTitle: (name: string) => `규칙 ${name} 삭제`,
    ruleNote: '이 규칙으로 시작한 세션은 다음 요청부터 끝납니다.',
    remove: '프로파일 삭제',
    removeNote: '규칙, 정책, 세션도 함께 삭제됩니다.',
  },
);

const OneProfile = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }): VNode => {
  const client = new ProfileClient(api);
  const isDeleting = useSignal(false);
  const {
    value: profile,
    fault,
    again,
  } = useLoad(id, async () => {
    const found = await client.get(id, { include_activity: 'true' });
    showName(id, found.name);
    return found;
  });
  if (fault) return use(Fault, { fault, again });
  if (!profile) return html.p({ class: 'skeleton' }, common().loading);
  return html.div(
    {},
    use(Facts, {
      facts: [
        [text().id, html.code({}, id)],
        profile.description !== '' && [common().description, use(Name, {}, visible(profile.description))],
        [text().used, use(Moment, { at: profile.activity?.last_authn })],
      ],
    }),
    html.div(
      { class: 'toolbar' },
      use(Action, {
        label: text().remove,
        tone: 'danger',
        needs: { action: 'iam-identity.profile.delete', entity: { type: 'profile', id } },
        onAct: () => {
          isDeleting.value = true;
        },
      }),
    ),
    use(Tabs, {
      tabs: [
        ['rules', text().rules, () => use(Rules, { client, id })],
        ['identities', text().identities, () => use(Identities, { client, id })],
        ['policies', text().policies, () => use(PoliciesOf, { subject: { iam_id: profile.iam_id } })],
      ],
    }),
    isDeleting.value &&
      use(Confirm, {
        title: `${text().remove} ${visible(profile.name)}`,
        action: common().delete,
        note: text().removeNote,
        typed: profile.name,
        onConfirm: async () => {
          await client.remove(id);
          go('/profiles');
          return undefined;
        },
        onClose: () => {
          isDeleting.value = false;
        },
      }),
  );
};

const conditionsOf = ({ conditions }: Rule): string =>
  conditions.map(({ claim, operator, value }) => `${claim} ${operator} ${value}`).join(', ');

const Rules = ({ client, id }: { client: ProfileClient; id: string }): VNode => {
  const isAdding = useSignal(false);
  const going = useSignal<Rule | undefined>(undefined);
  const { value: rules, fault, again } = useLoad(id, () => client.rules(id));
  if (fault) return use(Fault, { fault, again });
  return html.div(
    {},
    html.div(
      { class: 'toolbar' },
      use(Action, {
        label: text().addRule,
        tone: 'primary',
        needs: { action: 'iam-identity.profile.trust', entity: { type: 'profile', id } },
        onAct: () => {
          isAdding.value = true;
        },
      }),
    ),
    rules?.length === 0 && html.p({ class: 'empty' }, text().noRules),
    rules &&
      rules.length > 0 &&
      use(Table<Rule>, {
        caption: text().rules,
        rows: rules,
        rowKey: (rule) => rule.id,
        columns: [
          { key: 'name', head: common().name, cell: (rule) => use(Name, {}, visible(rule.name ?? rule.id)) },
          {
            key: 'issuer',
            head: text().issuer,
            cell: (rule) => use(Name, {}, visible(rule.realm_name ?? rule.cr_type ?? '')),
          },
          { key: 'conditions', head: text().conditions, cell: (rule) => visible(conditionsOf(rule)) },
          {
            key: 'seconds',
            head: text().seconds,
            isNumber: true,
            cell: ({ expiration }) => String(expiration || ''),
          },
          {
            key: 'delete',
            head: '',
            cell: (rule) =>
              use(Action, {
                label: common().delete,
                needs: { action: 'iam-identity.profile.distrust', entity: { type: 'profile', id } },
                onAct: () => {
                  going.value = rule;
                },
              }),
          },
        ],
      }),
    isAdding.value &&
      use(NewRule, {
        add: (rule) => client.addRule(id, rule),
        onClose: () => {
          isAdding.value = false;
          again();
        },
      }),
    going.value &&
      use(Confirm, {
        title: text().ruleTitle(visible(going.value.name ?? going.value.id)),
        action: common().delete,
        goes: [conditionsOf(going.value)],
        breaks: { kind: 'trust', id: going.value.id, profile: id },
        note: text().ruleNote,
        onConfirm: async () => {
          await client.removeRule(id, going.value?.id ?? '');
          announce(text().ruleGone);
          again();
          return undefined;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

const Identities = ({ client, id }: { client: ProfileClient; id: string }): VNode => {
  const { value, fault, again } = useLoad(id, () => client.identities(id));
  if (fault) return use(Fault, { fault, again });
  if (!value || value.length === 0) return html.p({ class: 'empty' }, text().noIdentities);
  return use(Table<TrustedIdentity>, {
    caption: text().identities,
    rows: value,
    rowKey: ({ iam_id: iamId }) => iamId,
    columns: [
      { key: 'identifier', head: text().id, cell: ({ identifier }) => html.code({}, visible(identifier)) },
      { key: 'type', head: common().state, cell: ({ type }) => type },
      {
        key: 'description',
        head: common().description,
        cell: ({ description = '' }) => use(Name, {}, visible(description)),
      },
    ],
  });
};

export const page: Page = { title: ({ id }) => titleOf(text().title, id), View: OneProfile };
