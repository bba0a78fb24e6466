import { signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import type { ServiceId } from '../../../wire/service-ids.ts';
import { Action } from '../../kit/action.ts';
import { alarm, announce } from '../../kit/announce.ts';
import { EditEntity } from '../../kit/edit-entity.ts';
import { Fault } from '../../kit/fault.ts';
import { History } from '../../kit/history.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Mark, Name, Tabs } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page, Params } from '../../routing/page.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { iamTime, shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { serviceIdWords } from './words.ts';

const KeyList = lazily(async () => (await import('../api-keys/key-list.ts')).KeyList);
const HeldGroups = lazily(async () => (await import('./held-groups.ts')).HeldGroups);
const PoliciesOf = lazily(async () => (await import('../policies/policies.ts')).PoliciesOf);
const TrustedBy = lazily(async () => (await import('./trusted-by.ts')).TrustedBy);
const DeleteServiceId = lazily(async () => (await import('./delete-service-id.ts')).DeleteServiceId);

const text = inBoth(
  {
    keys: 'Keys',
    policies: 'Policies',
    groups: 'Groups',
    trustedBy: 'Trusted by',
    history: 'History',
    lock: 'Lock',
    unlock: 'Unlock',
    isLocked: 'The service ID is locked: unlock it first.',
    change: (name: string) => `Change service ID ${name}`,
    nowLocked: (name: string) => `Service ID ${name} is locked: its keys still sign in.`,
    nowUnlocked: (name: string) => `Service ID ${name} is unlocked.`,
    signedIn: 'Last sign-in',
    open: 'open to changes',
  },
  {
    keys: '키',
    policies: '정책',
    groups: '그룹',
    trustedBy: '신뢰하는 프로파일',
    history: '기록',
    lock: '잠금',
    unlock: '잠금 해제',
    isLocked: '서비스 ID가 잠겨 있습니다. 먼저 잠금을 해제하십시오.',
    change: (name: string) => `서비스 ID ${name} 변경`,
    nowLocked: (name: string) => `서비스 ID ${name} 항목을 잠갔습니다. 키로 계속 로그인할 수 있습니다.`,
    nowUnlocked: (name: string) => `서비스 ID ${name} 항목의 잠금을 해제했습니다.`,
    signedIn: '마지막 로그인',
    open: '변경 가능',
  },
);

/** The service ID that the page shows: its name is the heading. */
const shown = signal<ServiceId | undefined>(undefined);

const ServiceIdPage = ({ params: { id = '' } }: { params: Params }): VNode => {
  const { value, fault, again } = useLoad(id, async () => {
    const asked = { include_history: 'true', include_activity: 'true' };
    const serviceId = await new ServiceIdClient(api).get(id, asked);
    shown.value = serviceId;
    return serviceId;
  });
  if (!value) return html.div({}, fault && use(Fault, { fault, again }));
  const { iam_id: iamId } = value;
  return html.div(
    {},
    fault && use(Fault, { fault, again }),
    use(ServiceIdActions, { serviceId: value, onChange: again }),
    use(ServiceIdFacts, { serviceId: value }),
    use(Tabs, {
      tabs: [
        ['keys', text().keys, () => use(KeyList, { of: { iamId }, makes: { iamId, serviceId: id } })],
        ['policies', text().policies, () => use(PoliciesOf, { subject: { iam_id: iamId } })],
        ['groups', text().groups, () => use(HeldGroups, { iamId, type: 'service' })],
        ['trusted-by', text().trustedBy, () => use(TrustedBy, { id })],
        ['history', text().history, () => use(History, { records: value.history ?? [] })],
      ],
    }),
  );
};

const ServiceIdFacts = ({ serviceId }: { serviceId: ServiceId }): VNode =>
  use(Facts, {
    facts: [
      serviceId.description !== undefined &&
        serviceId.description !== '' && [common().description, use(Name, {}, visible(serviceId.description))],
      [
        common().state,
        serviceId.locked ? use(Mark, { tone: 'plain' }, serviceIdWords().locked) : html.span({}, text().open),
      ],
      [text().signedIn, use(Moment, { at: iamTime(serviceId.activity?.last_authn) })],
      [common().created, use(Moment, { at: iamTime(serviceId.created_at) })],
      ['ID', html.code({}, serviceId.id)],
    ],
  });

interface PartProps {
  readonly serviceId: ServiceId;
  readonly onChange: () => void;
}

const ServiceIdActions = ({ serviceId, onChange }: PartProps): VNode => {
  const open = useSignal<'change' | 'delete' | undefined>(undefined);
  const fault = useSignal<Error | undefined>(undefined);
  const { id, locked } = serviceId;
  const name = visible(serviceId.name);
  const hindrance = locked ? text().isLocked : undefined;
  const turn = (isOn: boolean): void => {
    new ServiceIdClient(api).turn(id, 'lock', isOn).then(
      () => {
        fault.value = undefined;
        announce(isOn ? text().nowLocked(name) : text().nowUnlocked(name));
        onChange();
      },
      (error: Error) => {
        fault.value = error;
        alarm(error.message);
      },
    );
  };
  return html.div(
    {},
    html.div(
      { class: 'actions bar' },
      use(Action, {
        label: common().change,
        needs: { action: 'iam-identity.serviceid.update', entity: { type: 'serviceid', id } },
        hindrance,
        onAct: () => (open.value = 'change'),
      }),
      locked
        ? use(Action, {
            key: 'unlock',
            label: text().unlock,
            needs: { action: 'iam-identity.serviceid.unlock', entity: { type: 'serviceid', id } },
            onAct: () => turn(false),
          })
        : use(Action, {
            key: 'lock',
            label: text().lock,
            needs: { action: 'iam-identity.serviceid.lock', entity: { type: 'serviceid', id } },
            onAct: () => turn(true),
          }),
      use(Action, {
        label: common().delete,
        needs: { action: 'iam-identity.serviceid.delete', entity: { type: 'serviceid', id } },
        hindrance,
        tone: 'danger',
        onAct: () => (open.value = 'delete'),
      }),
    ),
    fault.value && use(Fault, { fault: fault.value }),
    open.value === 'change' &&
      use(ChangeServiceId, {
        serviceId,
        onChange: () => {
          open.value = undefined;
          onChange();
        },
      }),
    open.value === 'delete' && use(DeleteServiceId, { serviceId, onClose: () => (open.value = undefined) }),
  );
};

const ChangeServiceId = ({ serviceId, onChange }: PartProps): VNode => {
  const client = new ServiceIdClient(api);
  return use(EditEntity, {
    title: text().change(visible(serviceId.name)),
    entity: serviceId,
    read: () => client.get(serviceId.id),
    write: async (tag, change) => {
      await client.update(serviceId.id, tag, change);
    },
    command: (name, description) =>
      `tidegate iam service-id-update ${serviceId.id} -n ${shellWord(name)} -d ${shellWord(description)}`,
    onClose: onChange,
  });
};

export const page: Page = {
  title: ({ id }) => serviceIdWords().named(shown.value?.id === id ? (shown.value?.name ?? '') : (id ?? '')),
  View: ServiceIdPage,
};
