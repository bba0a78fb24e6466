import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { QuotaClient } from '../../../client/quotas.ts';
import { UsageClient } from '../../../client/usage.ts';
import { Action } from '../../kit/action.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Fault } from '../../kit/fault.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, count } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Quota',
    storage: 'Storage',
    traffic: 'Traffic of this month (UTC)',
    noLimit: (used: string) => `${used}, without a limit`,
    of: (used: string, limit: string) => `${used} of ${limit}`,
    change: 'Change the limits',
    megabytes: 'in MiB; empty: without a limit',
    namespaces: 'Namespaces',
    namespace: 'Namespace',
    tagged: 'Tagged',
    untagged: 'Untagged',
    trash: 'Trash',
    waiting: 'Waiting',
    images: 'Images',
    counting: 'What was stored before the upgrade is still being counted.',
  },
  {
    title: '할당량',
    storage: '저장 공간',
    traffic: '이번 달 트래픽(UTC)',
    noLimit: (used: string) => `${used}, 제한 없음`,
    of: (used: string, limit: string) => `${limit} 중 ${used}`,
    change: '제한 변경',
    megabytes: 'MiB 단위, 비우면 제한 없음',
    namespaces: '네임스페이스',
    namespace: '네임스페이스',
    tagged: '태그 있음',
    untagged: '태그 없음',
    trash: '휴지통',
    waiting: '대기 중',
    images: '이미지',
    counting: '업그레이드 전에 저장된 항목을 아직 세고 있습니다.',
  },
);

/** How much of a limit is used. */
export const Used = ({ name, used, limit }: { name: string; used: number; limit: number }): VNode =>
  html.div(
    { class: 'field' },
    html.strong({}, name),
    html.p({}, limit < 0 ? text().noLimit(bytes(used)) : text().of(bytes(used), bytes(limit))),
    limit >= 0 &&
      html.meter({
        'aria-label': name,
        min: 0,
        max: Math.max(limit, 1),
        high: limit * 0.8,
        optimum: 0,
        value: Math.min(used, limit),
      }),
  );

const Quota = (): VNode => {
  const client = new QuotaClient(api, accountId());
  const isChanging = useSignal(false);
  const quota = useLoad(account.value, () => client.quota());
  const usage = useLoad(`usage ${account.value}`, () => new UsageClient(api, accountId()).account());
  if (quota.fault) return use(Fault, { fault: quota.fault, again: quota.again });
  if (!quota.value) return html.div({});
  const { limit, usage: used } = quota.value;
  return html.div(
    {},
    use(Used, { name: text().storage, used: used.storage_bytes, limit: limit.storage_bytes }),
    use(Used, { name: text().traffic, used: used.traffic_bytes, limit: limit.traffic_bytes }),
    use(Action, {
      label: text().change,
      needs: { action: 'container-registry.quota.set' },
      onAct: () => {
        isChanging.value = true;
      },
    }),
    usage.value?.counting && html.p({ class: 'note tone-warn' }, text().counting),
    usage.value &&
      use(
        Section,
        { title: text().namespaces },
        use(Table<[string, (typeof usage.value.namespaces)[string]]>, {
          caption: text().namespaces,
          rows: Object.entries(usage.value.namespaces),
          rowKey: ([name]) => name,
          columns: [
            {
              key: 'name',
              head: text().namespace,
              cell: ([name]) => html.a({ href: address('namespaces', name) }, name),
            },
            { key: 'images', head: text().images, isNumber: true, cell: ([, { images }]) => count(images) },
            ...(['tagged', 'untagged', 'trash', 'waiting'] as const).map((kind) => ({
              key: kind,
              head: text()[kind],
              isNumber: true,
              cell: ([, sizes]: [string, Record<typeof kind, number>]) => bytes(sizes[kind]),
            })),
          ],
        }),
      ),
    isChanging.value &&
      use(Change, {
        client,
        limit,
        onClose: () => {
          isChanging.value = false;
          quota.again();
        },
      }),
  );
};

const MEGABYTE = 1_048_576;
const inMegabytes = (limit: number): string => (limit < 0 ? '' : String(Math.floor(limit / MEGABYTE)));
const megabytes = (typed: string): number => (typed.trim() === '' ? -1 : Number(typed));

const Change = ({
  client,
  limit,
  onClose,
}: {
  client: QuotaClient;
  limit: { storage_bytes: number; traffic_bytes: number };
  onClose: () => void;
}): VNode => {
  const storage = useSignal(inMegabytes(limit.storage_bytes));
  const traffic = useSignal(inMegabytes(limit.traffic_bytes));
  const send = async (): Promise<void> => {
    await client.setQuota({
      storage_megabytes: megabytes(storage.value),
      traffic_megabytes: megabytes(traffic.value),
    });
    onClose();
  };
  return use(
    Dialog,
    { title: text().change, onClose },
    use(
      Form,
      { action: common().save, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      (
        [
          [text().storage, storage],
          [text().traffic, traffic],
        ] as const
      ).map(([label, value]) =>
        use(Field, {
          key: label,
          label,
          hint: text().megabytes,
          type: 'number',
          value: value.value,
          onValue: (typed) => {
            value.value = typed;
          },
        }),
      ),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Quota };
