import type { VNode } from 'preact';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import type { ServiceId } from '../../../wire/service-ids.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { go } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { useGoesWith } from './goes-with-identity.ts';

const text = inBoth(
  {
    title: (name: string) => `Delete service ID ${name}`,
    action: 'Delete: service ID',
    images: 'Images that it pushed stay.',
    deleted: (name: string) => `Service ID ${name} was deleted.`,
  },
  {
    title: (name: string) => `서비스 ID ${name} 삭제`,
    action: '삭제: 서비스 ID',
    images: '이 서비스 ID로 푸시한 이미지는 남습니다.',
    deleted: (name: string) => `서비스 ID ${name} 항목을 삭제했습니다.`,
  },
);

/** Asks before a service ID goes, and names the keys, policies and memberships that go with it. */
export const DeleteServiceId = ({
  serviceId,
  onClose,
}: {
  serviceId: ServiceId;
  onClose: () => void;
}): VNode | null => {
  const goes = useGoesWith(serviceId.iam_id);
  if (!goes) return null;
  return use(Confirm, {
    title: text().title(visible(serviceId.name)),
    action: text().action,
    goes: [...goes, common().cannotBeUndone],
    breaks: { kind: 'service-id', id: serviceId.id },
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
