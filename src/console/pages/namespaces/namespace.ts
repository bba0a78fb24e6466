import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ListingClient } from '../../../client/listings.ts';
import { NamespaceClient } from '../../../client/namespaces.ts';
import { UsageClient } from '../../../client/usage.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Dialog } from '../../kit/dialog.ts';
import { html, use } from '../../kit/html.ts';
import { Tabs } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import type { Page } from '../../routing/page.ts';
import { address, go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, count, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { Repositories } from '../repositories/repositories.ts';
import { Protection } from './protection.ts';
import { Retention } from './retention.ts';

const text = inBoth(
  {
    repositories: 'Repositories',
    retention: 'Retention',
    protection: 'Protection',
    remove: 'Delete namespace',
    removeTitle: (name: string) => `Delete namespace ${name}`,
    repository: (number: string) => `Repositories: ${number}`,
    images: (number: string, size: string) => `Images: ${number} (${size})`,
    trashed: (number: string) => `Images in the trash: ${number}`,
    note: 'All of it goes for good, not to the trash. Policies that name the namespace stay.',
    left: 'These policies name it still. Delete those that are not needed any more.',
    gone: 'The namespace is gone.',
    trash: 'Its trash',
  },
  {
    repositories: '저장소',
    retention: '보존',
    protection: '보호',
    remove: '네임스페이스 삭제',
    removeTitle: (name: string) => `네임스페이스 ${name} 삭제`,
    repository: (number: string) => `저장소 ${number}개`,
    images: (number: string, size: string) => `이미지 ${number}개, ${size}`,
    trashed: (number: string) => `휴지통의 이미지 ${number}개`,
    note: '휴지통으로 가지 않고 모두 완전히 삭제됩니다. 이 네임스페이스를 지정한 정책은 남습니다.',
    left: '다음 정책이 아직 이 이름을 지정합니다. 더 이상 필요하지 않은 정책은 삭제하십시오.',
    gone: '네임스페이스를 삭제했습니다.',
    trash: '이 네임스페이스의 휴지통',
  },
);

const Namespace = ({ params: { name = '' } }: { params: Readonly<Record<string, string>> }): VNode => {
  const isDeleting = useSignal(false);
  return html.div(
    {},
    html.div(
      { class: 'toolbar' },
      html.a({ href: `/console/trash?namespace=${encodeURIComponent(name)}` }, text().trash),
      use(Action, {
        label: text().remove,
        tone: 'danger',
        needs: { action: 'container-registry.namespace.delete', namespace: name },
        onAct: () => {
          isDeleting.value = true;
        },
      }),
    ),
    use(Tabs, {
      tabs: [
        ['repositories', text().repositories, () => use(Repositories, { namespace: name })],
        ['retention', text().retention, () => use(Retention, { namespace: name })],
        ['protection', text().protection, () => use(Protection, { namespace: name })],
      ],
    }),
    isDeleting.value &&
      use(DeleteNamespace, {
        name,
        onClose: () => {
          isDeleting.value = false;
        },
      }),
  );
};

/** Names what goes with a namespace before it goes. */
const DeleteNamespace = ({ name, onClose }: { name: string; onClose: () => void }): VNode | null => {
  const { value: goes, fault } = useLoad(name, () => whatGoes(name));
  const left = useSignal<readonly string[]>([]);
  const leave = (): undefined => {
    go('/namespaces');
  };
  if (left.value.length > 0) return use(LeftPolicies, { policies: left.value, onClose: leave });
  if (!goes && !fault) return null;
  return use(Confirm, {
    title: text().removeTitle(name),
    action: common().delete,
    goes: goes ?? [],
    breaks: { kind: 'namespace', id: name },
    note: text().note,
    typed: name,
    onConfirm: async () => {
      const policies = await new NamespaceClient(api, accountId()).remove(name);
      announce(text().gone);
      if (policies.length === 0) return leave();
      left.value = policies;
      return 'stay';
    },
    onClose,
  });
};

/** The policies that a deleted namespace leaves behind. */
const LeftPolicies = ({ policies, onClose }: { policies: readonly string[]; onClose: () => void }): VNode =>
  use(
    Dialog,
    { title: text().gone, onClose },
    html.p({}, text().left),
    html.ul(
      { class: 'goes' },
      policies.map((id) =>
        html.li({ key: id }, html.a({ href: address('policies', id) }, html.code({}, visible(id)))),
      ),
    ),
    html.div({ class: 'buttons' }, html.button({ type: 'button', onClick: onClose }, common().close)),
  );

const whatGoes = async (namespace: string): Promise<string[]> => {
  const [{ total, repositories }, usage] = await Promise.all([
    new ListingClient(api, accountId()).repositories({ namespace, limit: 20 }),
    new UsageClient(api, accountId()).account(),
  ]);
  const sizes = usage.namespaces[namespace];
  return [
    text().repository(count(total)),
    ...(sizes
      ? [
          text().images(count(sizes.images), bytes(sizes.tagged + sizes.untagged)),
          text().trashed(count(sizes.trashed_images)),
        ]
      : []),
    ...repositories.map(({ name }) => name),
  ];
};

export const page: Page = { title: ({ name = '' }) => name, View: Namespace };
