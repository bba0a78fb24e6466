import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ClientError } from '../../../client/client-error.ts';
import { PolicyClient } from '../../../client/policies.ts';
import type { PolicyV2 } from '../../../wire/policies.ts';
import { Action, refusalOf } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { NamedHolder } from './holder.ts';
import { holderOf, rolesOf, whenOf, whereOf } from './policy-words.ts';

const text = inBoth(
  {
    title: (id: string) => `Policy ${id.slice(0, 8)}`,
    holder: 'Held by',
    roles: 'Roles',
    where: 'Where',
    when: 'When',
    changed: 'Changed',
    state: 'State',
    active: 'active',
    deleted: 'deleted',
    document: 'Document',
    save: 'Save the document',
    saved: 'The policy is changed. It counts from the next request on.',
    remove: 'Delete policy',
    restore: 'Restore',
    restored: 'The policy is back. It counts from the next request on.',
    note: 'It counts no more from the next request on. It can be restored for 30 days.',
    theirs: 'Someone changed the policy meanwhile. Theirs is below; yours is still in the field.',
    bad: 'This is not JSON',
  },
  {
    title: (id: string) => `정책 ${id.slice(0, 8)}`,
    holder: '보유자',
    roles: '역할',
    where: '위치',
    when: '시간',
    changed: '변경',
    state: '상태',
    active: '활성',
    deleted: '삭제됨',
    document: '문서',
    save: '문서 저장',
    saved: '정책을 변경했습니다. 다음 요청부터 적용됩니다.',
    remove: '정책 삭제',
    restore: '복원',
    restored: '정책을 복원했습니다. 다음 요청부터 적용됩니다.',
    note: '다음 요청부터 적용되지 않습니다. 30일 동안 복원할 수 있습니다.',
    theirs:
      '그 사이에 다른 사람이 정책을 변경했습니다. 그 내용은 아래에 있고, 입력한 내용은 그대로 있습니다.',
    bad: 'JSON 형식이 아닙니다',
  },
);

/** What a policy says, without what the server adds when it is read. */
const documentOf = ({ type, description, subject, resource, control, rule, pattern }: PolicyV2): string =>
  JSON.stringify({ type, description, subject, control, resource, rule, pattern }, undefined, 2);

const Policy = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }): VNode => {
  const client = new PolicyClient(api, accountId());
  const isDeleting = useSignal(false);
  const fault = useSignal<Error | undefined>(undefined);
  const { value, fault: unread, again } = useLoad(id, () => client.current(id));
  if (unread) return use(Fault, { fault: unread, again });
  if (!value) return html.p({ class: 'skeleton' }, common().loading);
  const { policy, etag } = value;
  const isDeleted = policy.state === 'deleted';
  const restore = async (): Promise<void> => {
    fault.value = undefined;
    try {
      await client.replace('v2', id, etag, JSON.parse(documentOf(policy)));
      announce(text().restored);
    } catch (error) {
      fault.value = error as Error;
    }
    again();
  };
  return html.div(
    {},
    use(Facts, {
      facts: [
        [text().state, isDeleted ? text().deleted : text().active],
        [text().holder, use(NamedHolder, { id: holderOf(policy) })],
        [text().roles, rolesOf(policy).join(', ')],
        [text().where, use(Name, {}, whereOf(policy))],
        [text().when, whenOf(policy)],
        [
          text().changed,
          html.span(
            {},
            use(Moment, { at: policy.last_modified_at }),
            ' ',
            use(Name, {}, visible(policy.last_modified_by_id ?? '')),
          ),
        ],
        policy.description !== undefined && [
          common().description,
          use(Name, {}, visible(policy.description)),
        ],
      ],
    }),
    html.div(
      { class: 'toolbar' },
      isDeleted
        ? use(Action, {
            label: text().restore,
            needs: { action: 'iam-access-management.policy.update', policy: id },
            onAct: () => void restore(),
          })
        : use(Action, {
            label: text().remove,
            tone: 'danger',
            needs: { action: 'iam-access-management.policy.delete', policy: id },
            onAct: () => {
              isDeleting.value = true;
            },
          }),
    ),
    fault.value && use(Fault, { fault: fault.value }),
    !isDeleted && use(Document, { client, id, policy, etag, again }),
    isDeleting.value &&
      use(Confirm, {
        title: text().remove,
        action: common().delete,
        goes: [`${rolesOf(policy).join(', ')}: ${whereOf(policy)} (${holderOf(policy)})`],
        breaks: { kind: 'policy', id },
        note: text().note,
        onConfirm: async () => {
          await client.remove('v2', id);
          go('/policies');
          return undefined;
        },
        onClose: () => {
          isDeleting.value = false;
        },
      }),
  );
};

interface DocumentProps {
  readonly client: PolicyClient;
  readonly id: string;
  readonly policy: PolicyV2;
  readonly etag: string;
  readonly again: () => void;
}

/** The policy as a document that can be changed. Where another change came in between, both are shown. */
const Document = ({ client, id, policy, etag, again }: DocumentProps): VNode => {
  const typed = useSignal(documentOf(policy));
  const isOvertaken = useSignal(false);
  const theirs = documentOf(policy);
  const refused = refusalOf({ action: 'iam-access-management.policy.update', policy: id });
  const save = async (): Promise<void> => {
    let json: object;
    try {
      json = JSON.parse(typed.value);
    } catch (error) {
      throw new Error(`${text().bad}: ${(error as Error).message}`);
    }
    try {
      await client.replace('v2', id, etag, json);
    } catch (error) {
      if (!(error instanceof ClientError) || error.status !== 412) throw error;
      isOvertaken.value = true;
      again();
      return;
    }
    isOvertaken.value = false;
    announce(text().saved);
    again();
  };
  return use(
    Section,
    { title: text().document },
    isOvertaken.value &&
      html.div(
        { class: 'note tone-warn', role: 'alert' },
        html.p({}, text().theirs),
        html.pre({ tabIndex: 0 }, visible(theirs).replaceAll('\\u000a', '\n')),
      ),
    use(
      Form,
      { action: text().save, onSend: save, isReady: typed.value !== theirs && !refused },
      html.textarea({
        'aria-label': text().document,
        spellcheck: false,
        rows: 20,
        value: typed.value,
        readOnly: refused !== undefined,
        onInput: (event) => {
          typed.value = event.currentTarget.value;
        },
      }),
      refused && html.p({ class: 'hint' }, refused),
    ),
  );
};

export const page: Page = { title: ({ id = '' }) => text().title(id), View: Policy };
