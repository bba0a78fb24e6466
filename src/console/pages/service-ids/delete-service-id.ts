import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import { PolicyClient } from '../../../client/policies.ts';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import type { ServiceId } from '../../../wire/service-ids.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, relativeTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { lastUseOf } from '../api-keys/key-state.ts';
import { joinedGroups } from './held-groups.ts';

const text = inBoth(
  {
    title: (name: string) => `Delete service ID ${name}`,
    action: 'Delete: service ID',
    unused: (name: string) => `API key ${name}, which was never used`,
    used: (name: string, when: string, from: string) => `API key ${name}, last used ${when}${from}`,
    from: (address: string) => ` from ${address}`,
    policies: (number: string) => `${number} policies`,
    groups: (names: string) => `its place in the access groups ${names}`,
    images: 'Images that it pushed stay.',
    deleted: (name: string) => `Service ID ${name} was deleted.`,
  },
  {
    title: (name: string) => `서비스 ID ${name} 삭제`,
    action: '삭제: 서비스 ID',
    unused: (name: string) => `API 키 ${name} (사용한 적 없음)`,
    used: (name: string, when: string, from: string) => `API 키 ${name} (마지막 사용: ${when}${from})`,
    from: (address: string) => `, ${address}`,
    policies: (number: string) => `정책 ${number}개`,
    groups: (names: string) => `액세스 그룹 소속: ${names}`,
    images: '이 서비스 ID로 푸시한 이미지는 남습니다.',
    deleted: (name: string) => `서비스 ID ${name} 항목을 삭제했습니다.`,
  },
);

/** What goes with a service ID, a line each; what the reader may not read is left out. */
const goesWith = async ({ iam_id: iamId }: ServiceId): Promise<string[]> => {
  const none = (): [] => [];
  const [keys, policies, groups] = await Promise.all([
    new ApiKeyClient(api).list({ account_id: accountId(), iam_id: iamId }).catch(none),
    new PolicyClient(api, accountId()).list('v2', { iam_id: iamId }).catch(none),
    joinedGroups(iamId).catch(none),
  ]);
  const now = Date.now();
  return [
    ...keys.map((key) => {
      const use = lastUseOf(key);
      if (!use) return text().unused(key.name);
      const from = use.from === undefined ? '' : text().from(use.from);
      return text().used(key.name, relativeTime(use.at, now), from);
    }),
    ...(policies.length > 0 ? [text().policies(count(policies.length))] : []),
    ...(groups.length > 0 ? [text().groups(groups.map(({ name }) => name).join(', '))] : []),
  ];
};

/** Asks before a service ID goes, and names the keys, policies and memberships that go with it. */
export const DeleteServiceId = ({
  serviceId,
  onClose,
}: {
  serviceId: ServiceId;
  onClose: () => void;
}): VNode | null => {
  const { value: goes, fault } = useLoad(serviceId.id, () => goesWith(serviceId));
  if (!goes && !fault) return null;
  return use(Confirm, {
    title: text().title(visible(serviceId.name)),
    action: text().action,
    goes: [...(goes ?? []), common().cannotBeUndone],
    note: html.span(
      { class: 'lines' },
      html.span({}, text().images),
      use(CommandLine, { line: `tidegate iam service-id-delete ${serviceId.id}` }),
    ),
    typed: serviceId.name,
    onConfirm: async () => {
      await new ServiceIdClient(api).remove(serviceId.id);
      announce(text().deleted(visible(serviceId.name)));
      go('/service-ids');
      return undefined;
    },
    onClose,
  });
};
