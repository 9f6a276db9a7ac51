/** What an environment connects to, and a button that tries it with its own credentials. */
import { Alert, Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useAct } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { FaultAlert } from '../../parts/states.tsx';
import { Mark, Status } from '../../parts/status.tsx';
import { causeOf } from '../run/halt-words.ts';

type Tried = AnswerOf<'POST /api/v1/products/{product}/environments/{environment}/connections/{kind}/{name}/test'>;

interface ConnectionsProps {
  readonly product: string;
  readonly environment: string;
  readonly connections: readonly { readonly kind: string; readonly name: string }[];
}

export const Connections = ({ connections, ...place }: ConnectionsProps): ReactNode =>
  connections.length === 0 ? (
    <Text size="sm">It connects to nothing yet.</Text>
  ) : (
    <ul className="rows">
      {connections.map((connection) => (
        <li key={`${connection.kind} ${connection.name}`}>
          <Connection {...place} {...connection} />
        </li>
      ))}
    </ul>
  );

type ConnectionProps = Omit<ConnectionsProps, 'connections'> & ConnectionsProps['connections'][number];

function Connection({ product, environment, kind, name }: ConnectionProps): ReactNode {
  const me = useMe();
  const act = useAct('POST /api/v1/products/{product}/environments/{environment}/connections/{kind}/{name}/test');
  return (
    <>
      <div className="what">
        <strong>{kind}</strong> {name} {act.data?.simulated === true && <Mark>simulated</Mark>}
        <div role="status">{act.data !== undefined && !act.isPending && <Result tried={act.data} />}</div>
        {act.error !== null && <FaultAlert fault={act.error} title="It could not be tried" />}
      </div>
      {may(me, 'runbooks:write') && (
        <Button
          size="xs"
          variant="default"
          loading={act.isPending}
          aria-label={`Test the ${kind} connection ${name} of ${environment}`}
          onClick={() => act.mutate({ path: { product, environment, kind, name } })}
        >
          Test
        </Button>
      )}
    </>
  );
}

function Result({ tried }: { readonly tried: Tried }): ReactNode {
  if (tried.fault === null) {
    return (
      <Group gap="xs" mt={4}>
        <Status of="ok">reached</Status>
        <Text size="sm" component="span">
          {tried.found} It took {tried.took_ms} ms.
        </Text>
      </Group>
    );
  }
  const [cause, next] = causeOf(tried.fault.code) ?? [undefined, undefined];
  return (
    <Alert className="alert-bad" variant="outline" title={tried.fault.message} mt="xs">
      {cause !== undefined && <Text size="sm">{cause}</Text>}
      <Text size="sm">{tried.fault.next ?? next}</Text>
    </Alert>
  );
}
