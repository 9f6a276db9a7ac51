/** My keys: what programs act with in my name. */
import { Button, Checkbox, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct, useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { Section } from '../../parts/page.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Empty, FaultAlert, Loaded } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';

export function Keys(): ReactNode {
  const me = useMe();
  const keys = useApi('GET /api/v1/keys', {});
  return (
    <Section title="My keys" actions={may(me, 'keys:write') ? <NewKey /> : undefined}>
      <Loaded of={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No keys">Programs and the command line act with one.</Empty>
          ) : (
            <Table.ScrollContainer minWidth={620}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Key</Table.Th>
                    <Table.Th>May</Table.Th>
                    <Table.Th>Last used</Table.Th>
                    <Table.Th>Ends</Table.Th>
                    <Table.Th>
                      <span className="sr-only">Actions</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((key) => (
                    <Table.Tr key={key.id}>
                      <Table.Td>
                        {key.name} <code>tnt_{key.prefix}_…</code>
                      </Table.Td>
                      <Table.Td>
                        {key.scopes.length > 4 ? `${key.scopes.length} scopes` : key.scopes.join(', ')}
                      </Table.Td>
                      <Table.Td>
                        <Time at={key.last_used_at} ago />
                      </Table.Td>
                      <Table.Td>
                        {key.revoked_at === null ? <Time at={key.expires_at} /> : <Status of="revoked" />}
                      </Table.Td>
                      <Table.Td>
                        {key.revoked_at === null && may(me, 'keys:write') && <Revoke id={key.id} name={key.name} />}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
    </Section>
  );
}

function Revoke({ id, name }: { readonly id: string; readonly name: string }): ReactNode {
  const act = useAct('DELETE /api/v1/keys/{key}', { refresh: ['GET /api/v1/keys'] });
  return (
    <ReasonDialog
      name={`key.${id}`}
      label="Revoke…"
      title={`Revoke ${name}`}
      about="Whatever uses it is refused from now on. This cannot be taken back."
      danger
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { key: id }, query: { reason } })}
    />
  );
}

function NewKey(): ReactNode {
  const me = useMe();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const create = useAct('POST /api/v1/keys', { refresh: ['GET /api/v1/keys'] });
  const close = (): void => {
    setOpened(false);
    setName('');
    setScopes([]);
    // The key is shown once, and is nowhere after that.
    create.reset();
  };
  const send = (): void =>
    create.mutate({
      body: { name: name.trim(), scopes: (me?.scopes ?? []).filter((scope) => scopes.includes(scope)) },
    });
  return (
    <>
      <Button size="xs" onClick={() => setOpened(true)}>
        New key
      </Button>
      <Modal opened={opened} onClose={close} title="New key">
        {create.data?.key === undefined ? (
          <Stack>
            <TextInput
              label="What it is for"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <Checkbox.Group label="What it may be used for" value={[...scopes]} onChange={setScopes}>
              <Stack gap="xs" mt="xs">
                {(me?.scopes ?? []).map((scope) => (
                  <Checkbox key={scope} value={scope} label={scope} />
                ))}
              </Stack>
            </Checkbox.Group>
            {create.error !== null && <FaultAlert fault={create.error} />}
            <Group justify="flex-end">
              <Button loading={create.isPending} disabled={name.trim() === '' || scopes.length === 0} onClick={send}>
                Make the key
              </Button>
            </Group>
          </Stack>
        ) : (
          <Stack>
            <Text>This is the key. It is shown now and never again: put it where the program finds it.</Text>
            <code>{create.data.key}</code>
            <Group justify="flex-end">
              <Button onClick={close}>I have kept it</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
