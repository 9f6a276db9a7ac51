/** People of the vendor: who they are, what each may do and where. */
import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useAct, useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { Section } from '../../parts/page.tsx';
import { Pager, usePaging } from '../../parts/paging.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { FaultAlert, Loaded } from '../../parts/states.tsx';
import { Mark, Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';

type Operator = AnswerOf<'GET /api/v1/operators'>['items'][number];
type Role = Operator['grants'][number]['role'];

export function Operators(): ReactNode {
  const me = useMe();
  const paging = usePaging('');
  const operators = useApi('GET /api/v1/operators', { query: { cursor: paging.cursor } }, { keep: true });
  return (
    <>
      <Section title="Operators" actions={may(me, 'operators:write') ? <Invite /> : undefined}>
        <Loaded of={operators}>
          {({ items, next_cursor: next }) => (
            <Stack gap="sm">
              <ul className="rows">
                {items.map((operator) => (
                  <OneOperator
                    key={operator.id}
                    operator={operator}
                    mayWrite={may(me, 'operators:write') && operator.id !== me?.id}
                  />
                ))}
              </ul>
              <Pager paging={paging} next={next} />
            </Stack>
          )}
        </Loaded>
      </Section>
      <Roles />
    </>
  );
}

const OneOperator = ({
  operator,
  mayWrite,
}: {
  readonly operator: Operator;
  readonly mayWrite: boolean;
}): ReactNode => (
  <li>
    <div className="what">
      <strong>{operator.name}</strong> <span className="quiet">{operator.email}</span>{' '}
      {operator.development && <Mark>development</Mark>} {operator.disabled_at !== null && <Status of="disabled" />}
      <Text size="sm">{operator.grants.map(grantWords).join('; ') || 'may do nothing'}</Text>
      {operator.roles.length > 0 && (
        <Text size="sm" className="quiet">
          In runbooks: {operator.roles.map(words).join(', ')}
        </Text>
      )}
      <Text size="sm" className="quiet">
        Signed in <Time at={operator.signed_in_at} ago />
      </Text>
    </div>
    {mayWrite && operator.disabled_at === null && (
      <Group gap="xs">
        <SetRole operator={operator} />
        <Disable operator={operator} />
      </Group>
    )}
  </li>
);

const grantWords = ({ role, product, client_id: client }: Operator['grants'][number]): string =>
  `${words(role)}${product === null ? '' : ` for ${product}`}${client === null ? '' : ' for one client'}`;

function Disable({ operator }: { readonly operator: Operator }): ReactNode {
  const act = useAct('POST /api/v1/operators/{operator}/disable', { refresh: ['GET /api/v1/operators'] });
  return (
    <ReasonDialog
      name={`disable.${operator.id}`}
      label="Disable…"
      title={`Disable ${operator.name}`}
      about="Their sessions end at once, and their keys stop working."
      danger
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { operator: operator.id }, body: { reason } })}
    />
  );
}

const useRoles = () => useApi('GET /api/v1/platform-roles', {});

/** The simple case: one role everywhere. Grants limited to products or clients are given with the command line. */
function SetRole({ operator }: { readonly operator: Operator }): ReactNode {
  const roles = useRoles();
  const [role, setRole] = useState<Role>(operator.grants[0]?.role ?? 'engineer');
  const act = useAct('POST /api/v1/operators/{operator}/grants', { refresh: ['GET /api/v1/operators'] });
  const limited = operator.grants.some(({ product, client_id: client }) => product !== null || client !== null);
  return (
    <ReasonDialog
      name={`grants.${operator.id}`}
      label="Change role…"
      title={`What ${operator.name} may do`}
      about={
        limited
          ? 'They hold grants limited to a product or client: this takes their place with one role everywhere.'
          : 'One role, for every product and client. Limits are given with tenantry operator grant.'
      }
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { operator: operator.id }, body: { grants: [{ role }], reason } })}
    >
      <NativeSelect
        label="Role"
        value={role}
        onChange={(event) => setRole(event.currentTarget.value as Role)}
        data={(roles.data?.items ?? []).map((each) => ({ value: each.role, label: each.title }))}
      />
    </ReasonDialog>
  );
}

function Invite(): ReactNode {
  const roles = useRoles();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('engineer');
  const [inRunbooks, setInRunbooks] = useState('');
  const act = useAct('POST /api/v1/operators', { refresh: ['GET /api/v1/operators'] });
  const close = (): void => {
    setOpened(false);
    act.reset();
  };
  const send = (): void =>
    act.mutate({
      body: {
        name: name.trim(),
        email: email.trim(),
        grants: [{ role }],
        roles: inRunbooks.split(/[\s,]+/).filter(Boolean),
      },
    });
  return (
    <>
      <Button size="xs" onClick={() => setOpened(true)}>
        Invite
      </Button>
      <Modal opened={opened} onClose={close} title="Invite an operator">
        {act.data === undefined ? (
          <Stack>
            <TextInput
              label="Name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <TextInput
              label="E-mail address"
              type="email"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <NativeSelect
              label="What they may do"
              value={role}
              onChange={(event) => setRole(event.currentTarget.value as Role)}
              data={(roles.data?.items ?? []).map((each) => ({ value: each.role, label: each.title }))}
            />
            <TextInput
              label="Roles in runbooks"
              description="Such as engineering_lead; more than one with commas"
              value={inRunbooks}
              onChange={(event) => setInRunbooks(event.currentTarget.value)}
            />
            {act.error !== null && <FaultAlert fault={act.error} />}
            <Group justify="flex-end">
              <Button loading={act.isPending} disabled={name.trim() === '' || email.trim() === ''} onClick={send}>
                Invite
              </Button>
            </Group>
          </Stack>
        ) : (
          <Stack>
            <Text>
              The invitation is on its way by mail, and is good until <Time at={act.data.expires_at} />. Its link is
              shown here once:
            </Text>
            {act.data.invitation_url !== undefined && <code>{act.data.invitation_url}</code>}
            <Group justify="flex-end">
              <Button onClick={close}>Close</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

function Roles(): ReactNode {
  const roles = useRoles();
  return (
    <Section title="What each role may do">
      <Loaded of={roles}>
        {({ items }) => (
          <ul className="rows">
            {items.map((role) => (
              <li key={role.role}>
                <div className="what">
                  <strong>{role.title}</strong>
                  <Text size="sm">{role.about}</Text>
                  <Text size="sm" className="quiet">
                    {role.scopes.join(', ')}
                  </Text>
                </div>
                <span className="quiet">
                  {role.tenant_data === 'always' ? "reads tenants' data" : "reads tenants' data only while let in"}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
